import DAP

/// Told what happened to a store while it is open: to all of its tasks, or to the one that is named.
package typealias OutageObserver = @Sendable (StoreError, TaskID?) -> Void
