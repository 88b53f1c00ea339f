/// The extensions' code points, which are provisional: none is registered, and DAP has no range for private use.
///
/// They are configurable, so that two deployments can move off a value that a registration takes.
///
/// Spec: <doc:WalkExtension>, <doc:NoiseExtension>
package struct WalkCodePoints: Hashable, Sendable {
    /// In the registry of task extensions.
    package let task: UInt16

    /// In the registry of aggregation job extensions.
    package let aggregationJob: UInt16

    /// In the registry of collection job extensions.
    package let collectionJob: UInt16

    /// In the registry of task extensions: the noise of batches that are no walks.
    package let noise: UInt16

    package init(
        task: UInt16 = 0xFD57, aggregationJob: UInt16 = 0xFD57, collectionJob: UInt16 = 0xFD57, noise: UInt16 = 0xFD58
    ) {
        self.task = task
        self.aggregationJob = aggregationJob
        self.collectionJob = collectionJob
        self.noise = noise
    }

    package static let provisional = WalkCodePoints()
}

extension WalkCodePoints: Codable {
    /// What earlier versions wrote has no code point for noise.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            task: try values.decode(UInt16.self, forKey: .task),
            aggregationJob: try values.decode(UInt16.self, forKey: .aggregationJob),
            collectionJob: try values.decode(UInt16.self, forKey: .collectionJob),
            noise: try values.decodeIfPresent(UInt16.self, forKey: .noise) ?? Self.provisional.noise)
    }
}
