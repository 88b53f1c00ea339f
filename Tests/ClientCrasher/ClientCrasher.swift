// client-crasher FOLDER STEP NUMBER REPORTS: makes and sends reports of the task in FOLDER, and ends itself at a step of the queue,
// the NUMBERth time that it comes there. With the step `none` it goes on to the end. It says what it begins and what is accepted.

import Foundation
import PopulusClient
import PopulusDAP
import PopulusWireCodec

@main struct ClientCrasher {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let number = Int(arguments[3]), let reports = Int(arguments[4]) else { exit(64) }
        let folder = arguments[1]
        let task = try String(contentsOfFile: folder + "/client.json", encoding: .utf8)
        let step = QueueStep(rawValue: arguments[2])
        let crash = CrashPoint(step, number)
        var options = PopulusClient.Options(folder: folder + "/queue")
        options.spread = 0
        options.cap = PopulusClient.Cap(reports: 1000, seconds: 1_000_000)
        let client = try PopulusClient(
            task: task, consent: .given, options: options, transport: FolderServer(folder: folder),
            environment: crash.environment, sends: false)
        if step == .erasing || step == .erased {
            for index in 0..<reports { try await client.report("\(index)") }
            try await client.set(.withdrawn)
        }
        for index in 0..<reports {
            say("begun \(index)")
            try await client.report("\(index)")
            say("accepted \(index)")
            if index % 3 == 2 { try await client.flush() }
        }
        try await client.flush()
        say("done")
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// Ends the process at a step, the nth time.
final class CrashPoint: @unchecked Sendable {
    private let step: QueueStep?
    /// Used by one client's thread alone.
    private var left: Int

    init(_ step: QueueStep?, _ number: Int) {
        self.step = step
        left = number
    }

    var environment: ClientEnvironment {
        var environment = ClientEnvironment.system
        environment.step = { [self] reached in
            guard reached == step else { return }
            left -= 1
            if left == 0 { kill(getpid(), SIGKILL) }
        }
        return environment
    }
}

/// Both servers, as files: a report is counted when a file with its ID's name is made, and so once.
struct FolderServer: ReportTransport {
    let folder: String

    func send(_ request: TransportRequest) async throws -> TransportAnswer {
        if request.method == .get {
            let name = request.url.contains("leader") ? "leader.keys" : "helper.keys"
            let body = try Data(contentsOf: URL(filePath: folder + "/" + name))
            return TransportAnswer(
                status: 200, fields: ["content-type": MediaType.hpkeConfigList.description], body: Array(body))
        }
        var refused: [ReportUploadStatus] = []
        for report in try UploadRequest(decoding: request.body).reports {
            let id = report.metadata.reportID
            let path = folder + "/counted/" + id.base64URL
            if FileManager.default.fileExists(atPath: path) {
                refused.append(ReportUploadStatus(id: id, error: .reportReplayed))
            } else {
                try Data().write(to: URL(filePath: path))
            }
        }
        return TransportAnswer(
            status: 200, fields: ["content-type": MediaType.uploadErrors.description],
            body: UploadErrors(status: refused).encoded()
        ).fixed
    }
}

extension TransportAnswer {
    /// A Leader that has all reports says nothing.
    fileprivate var fixed: TransportAnswer { body.isEmpty ? TransportAnswer(status: 200) : self }
}
