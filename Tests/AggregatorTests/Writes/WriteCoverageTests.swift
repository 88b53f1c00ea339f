import Foundation
import PopulusDAP
import StoreMemory
import Testing

/// That the scenarios do every kind of write: what is tested of all of them is tested of what comes later too.
@Suite struct WriteCoverageTests {
    @Test func everyKindOfWriteIsDone() async throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer {
            // What is left of it is in the temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        var names: Set<String> = []
        for (number, scenario) in WriteScenario.all.enumerated() {
            let place = folder + "/\(number)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            // Kept bodies are erased too.
            let disks = [Role.leader, .helper].map { role in
                MemoryDisk(role: role, segmentsDirectory: "\(place)/\(role)", segmentsAreCache: true)
            }
            let recorder = WriteRecorder(
                { try TestStore(on: disks[$0.role == .leader ? 0 : 1], $0) }, replicas: { (disks[0], disks[1]) })
            do { try await scenario.run(recorder) } catch { Issue.record("\(scenario.testDescription): \(error)") }
            names.formUnion(recorder.names)
        }
        let all = try WriteRecorder.allNames()
        #expect(all.count > 25)
        #expect(all.subtracting(names) == [], "no scenario does them")
    }
}
