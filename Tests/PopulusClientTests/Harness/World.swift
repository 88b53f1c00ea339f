import Foundation
import PopulusClient
import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles
import Synchronization

/// A task, two servers that are none, a clock that stands still, and a folder.
final class World: Sendable {
    let leaderKey = HpkeKeyPair.generate(id: 1)
    let helperKey = HpkeKeyPair.generate(id: 2)
    let transport: FakeTransport
    let task: String
    let folder: String
    private let time = Mutex<Double>(1_800_000_000)
    private let luck = Mutex<Double>(0)
    private let heard = Mutex<[PopulusClient.Event]>([])

    init(_ vdaf: VdafConfiguration = .poplar1(bits: 64), encoding: String? = "bytes") throws {
        let configuration = try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: "test", encoding: encoding),
            leaderEndpoint: Array("https://leader.example/".utf8),
            helperEndpoint: Array("https://helper.example/".utf8), timePrecision: TimePrecision(seconds: 60),
            minBatchSize: 10, batchMode: .timeInterval, vdaf: vdaf, extensions: [])
        let file = try TaskFile(
            taskID: .random(), configuration: configuration, encoding: encoding, secrets: .client)
        task = String(decoding: file.encoded(), as: UTF8.self)
        transport = FakeTransport(leader: leaderKey.config, helper: helperKey.config)
        folder = FileManager.default.temporaryDirectory.appending(path: "populus-\(UUID().uuidString)").path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var now: Double { time.withLock { $0 } }
    var events: [PopulusClient.Event] { heard.withLock { $0 } }

    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    func set(chance: Double) { luck.withLock { $0 = chance } }

    var environment: ClientEnvironment {
        ClientEnvironment(
            now: { [self] in now },
            // Nobody waits here: tests say when something is due.
            sleep: { _ in try await Task.sleep(for: .seconds(3600)) },
            chance: { [self] in luck.withLock { $0 } })
    }

    /// Options with a queue on disk and no random wait.
    var options: PopulusClient.Options {
        var options = PopulusClient.Options(folder: folder)
        options.spread = 0
        options.onEvent = { [self] event in heard.withLock { $0.append(event) } }
        return options
    }

    func client(
        _ options: PopulusClient.Options? = nil, consent: PopulusClient.Consent = .given,
        files: (any QueueFiles)? = nil, sends: Bool = false
    ) throws -> PopulusClient {
        try PopulusClient(
            task: task, consent: consent, options: options ?? self.options, transport: transport,
            environment: environment, files: files, sends: sends)
    }

    /// The names of the reports' files.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".report") }
    }
}
