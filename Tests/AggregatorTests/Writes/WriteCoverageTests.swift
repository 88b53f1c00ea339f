import Foundation
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
            let recorder = WriteRecorder(TestStore.files(in: place))
            do { try await scenario.run(recorder) } catch { Issue.record("\(scenario.testDescription): \(error)") }
            names.formUnion(recorder.names)
        }
        let all = try WriteRecorder.allNames()
        #expect(all.count > 25)
        #expect(all.subtracting(names) == [], "no scenario does them")
    }
}
