import Aggregator
import Foundation
import StoreMemory

/// What outlives the processes of both aggregators of a simulation whose stores are in memory.
struct MemoryDisks {
    let leader: MemoryDisk
    let helper: MemoryDisk

    /// - Parameter segmentsAreCache: whether the stores keep what segments are made of.
    init(_ folder: String, segmentsAreCache: Bool = false) throws {
        let folders = ["leader", "helper"].map { "\(folder)/\($0)-segments" }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        leader = MemoryDisk(role: .leader, segmentsDirectory: folders[0], segmentsAreCache: segmentsAreCache)
        helper = MemoryDisk(role: .helper, segmentsDirectory: folders[1], segmentsAreCache: segmentsAreCache)
    }

    /// Ends both aggregators, and begins them again on what is there.
    ///
    /// - Parameter change: what happens while neither runs.
    func restart(_ simulation: Simulation, after change: () throws -> Void = {}) async throws {
        try await simulation.stopLeader()
        try simulation.stopHelper()
        try change()
        try simulation.startHelper(on: try TestStore(on: helper, try simulation.task.aggregator(.helper)))
        try simulation.startLeader(on: try TestStore(on: leader, try simulation.task.aggregator(.leader)))
    }
}
