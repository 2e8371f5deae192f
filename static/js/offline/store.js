// What this device holds until the server has it: finished warm-ups, in IndexedDB. Used by pages and by the service worker.
//
// An entry is {key, person, session, name, body, savedAt, tries, nextAt, refusal}: `key` counts up and makes the queue's
// order, `session` is the UUID, `body` what PUT sends, times are milliseconds. Entries are added and, once the server
// has them, removed; `refusal` ({status, detail, errors}) is what the server had against one, which then waits for its
// person. Every entry belongs to one person and is told to nobody else.

const NAME = "prestride";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const entries = request.result.createObjectStore("entries", { keyPath: "key", autoIncrement: true });
      entries.createIndex("person", "person");
      request.result.createObjectStore("facts");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("The store is held open by an older page."));
  });
}

/** What `work` asks of one store in one transaction; settled when it is on the disk, or rejected and undone. */
async function within(store, mode, work) {
  const base = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = base.transaction(store, mode, { durability: "strict" });
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    base.close();
  }
}

/** Add a finished warm-up: {person, session, name, body, savedAt}; returns its key. Rejects where there is no room. */
export function addEntry(entry) {
  return within("entries", "readwrite", (store) => store.add({ tries: 0, nextAt: 0, refusal: null, ...entry }));
}

/** What waits of `person`, in the order in which it was saved. */
export function entriesOf(person) {
  return within("entries", "readonly", (store) => store.index("person").getAll(person));
}

/** How many wait in all, whosever they are. */
export function countEntries() {
  return within("entries", "readonly", (store) => store.count());
}

export function changeEntry(entry) {
  return within("entries", "readwrite", (store) => store.put(entry));
}

export function removeEntry(key) {
  return within("entries", "readwrite", (store) => store.delete(key));
}

/** A fact under a name, such as whose pages this device keeps. */
export function fact(name) {
  return within("facts", "readonly", (store) => store.get(name));
}

export function setFact(name, value) {
  return within("facts", "readwrite", (store) => store.put(value, name));
}
