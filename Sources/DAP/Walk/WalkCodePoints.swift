/// The extension's code points, which are provisional: none is registered, and DAP has no range for private use.
///
/// They are configurable, so that two deployments can move off a value that a registration takes.
///
/// Spec: <doc:WalkExtension>
package struct WalkCodePoints: Hashable, Sendable, Codable {
    /// In the registry of task extensions.
    package let task: UInt16

    /// In the registry of aggregation job extensions.
    package let aggregationJob: UInt16

    /// In the registry of collection job extensions.
    package let collectionJob: UInt16

    package init(task: UInt16 = 0xFD57, aggregationJob: UInt16 = 0xFD57, collectionJob: UInt16 = 0xFD57) {
        self.task = task
        self.aggregationJob = aggregationJob
        self.collectionJob = collectionJob
    }

    package static let provisional = WalkCodePoints()
}
