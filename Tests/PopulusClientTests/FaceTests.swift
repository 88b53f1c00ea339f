import PopulusClient
import PopulusSchemes
import PopulusTaskFiles
import Testing

/// What an app sees: errors that say what would be right, and no secret anywhere.
@Suite struct FaceTests {
    private static let secret = "hunter2"

    private static func texts(_ value: Any) -> String {
        var text = "\(value) " + String(reflecting: value)
        dump(value, to: &text)
        return text
    }

    @Test func nothingSecretIsInADescription() async throws {
        let world = try World()
        var options = world.options
        options.uploadToken = "secret-\(Self.secret)-token"
        options.cap = PopulusClient.Cap(reports: 5, seconds: 60)
        options.defaultReport = .string(Self.secret)
        let client = try world.client(options)
        do {
            try await client.report("\(Self.secret) and much too long")
            Issue.record("a string that is too long was accepted")
        } catch {
            #expect(!Self.texts(error).contains(Self.secret))
            #expect("\(error)".contains("7 bytes"))
        }
        #expect(!Self.texts(client).contains(Self.secret))
        #expect(!Self.texts(options).contains(Self.secret))
        #expect(!Self.texts(PopulusClient.DefaultReport.string(Self.secret)).contains(Self.secret))
    }

    @Test func everyKindOfTaskIsTaken() async throws {
        let sum = try World(.prio3Sum(maxMeasurement: 10), encoding: nil)
        let client = try sum.client()
        try await client.report(7)
        await #expect(throws: PopulusClient.Failure.notOfTheTask("a whole number from 0 to 10")) {
            try await client.report(11)
        }
        await #expect(throws: PopulusClient.Failure.self) { try await client.report("7") }
        try await client.flush()
        #expect(sum.transport.seen.counted.count == 1)
        let vector = try World(.prio3SumVec(length: 3, maxMeasurement: 7, chunkLength: 2), encoding: nil)
        try await vector.client().report([1, 2, 3])
        let groups = try World(.poplar1(bits: 128), encoding: "group-1+bytes")
        try await groups.client().report("a", group: "1.0")
        for encoding in ["url-1", "hash-1"] {
            try await World(.poplar1(bits: 64), encoding: encoding).client().report("https://a.org/")
        }
    }

    @Test func onlyAClientsFileIsTaken() throws {
        let world = try World()
        func failure(_ task: String) -> PopulusClient.Failure? {
            do throws(PopulusClient.Failure) {
                _ = try PopulusClient(task: task, consent: .given, transport: world.transport)
            } catch {
                return error
            }
            return nil
        }
        #expect(failure(world.task) == nil)
        for wrong in ["", "{}", "[1]", world.task.replacing("populus-task/1", with: "populus-task/9")] {
            guard case .task = failure(wrong) else {
                Issue.record("a text that is no task was taken")
                continue
            }
        }
    }

    @Test func optionsAreChecked() throws {
        let world = try World()
        let changes: [(inout PopulusClient.Options) -> Void] = [
            { $0.mostWaiting = 0 }, { $0.timeout = 0 }, { $0.spread = -1 }, { $0.uploadToken = "short" },
            { $0.cap = PopulusClient.Cap(reports: 0, seconds: 1) }, { $0.firstPause = .infinity },
            { $0.defaultReport = .number(1) },
        ]
        for change in changes {
            var options = world.options
            change(&options)
            #expect(throws: PopulusClient.Failure.self) { try world.client(options) }
        }
    }
}
