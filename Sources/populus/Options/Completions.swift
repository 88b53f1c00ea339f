import ArgumentParser

extension CompletionKind {
    /// Files that a task's commands write and read, and folders on the way to them.
    static var json: CompletionKind { .file(extensions: ["json"]) }
}
