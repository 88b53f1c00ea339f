import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusVDAF
import PopulusWireCodec

/// The Client: makes a report of each measurement that it is given, and uploads it.
package struct TestClient: TestRole {
    private let requester: DAPRequester
    private let resolver: TaskResolver

    package init(requester: DAPRequester) {
        self.requester = requester
        resolver = TaskResolver(requester: requester)
    }

    package var role: Role { .client }

    package func answer(_ endpoint: TestEndpoint, body: [UInt8]) async throws(InteropError) -> Answer {
        switch endpoint {
        case .upload: try await upload(try CommandReader.read(UploadCommand.self, from: body))
        default: .success
        }
    }

    private func upload(_ command: UploadCommand) async throws(InteropError) -> Answer {
        let configuration = try await resolver.configuration(of: command.task)
        let measurement = try command.measurement.measurement(for: configuration.vdaf)
        let transport = HTTPUploadTransport(
            task: command.task.taskID, configuration: configuration, requester: requester)
        let keys = try await Self.request { () throws(DAPRequestError) in try await transport.hpkeConfigs() }
        let report = try Self.report(of: measurement, command, configuration, keys).encoded()
        guard command.send else {
            var answer = Answer.success
            answer.report = Blob(report)
            return answer
        }
        let errors = try await Self.request { () throws(DAPRequestError) in try await transport.upload(report).errors }
        if let status = errors.status.first {
            throw .refused("the Leader refused the report: \(status.error.name)")
        }
        return .success
    }

    private static func report(
        of measurement: VdafMeasurement, _ command: UploadCommand, _ configuration: TaskConfiguration,
        _ keys: HpkeConfigs
    ) throws(InteropError) -> Report {
        do {
            let time = command.time ?? UInt64(max(0, Date().timeIntervalSince1970))
            let maker = try ReportMaker(
                taskID: command.task.taskID, configuration: configuration, leader: keys.leader, helper: keys.helper,
                now: { time })
            return try maker.report(of: measurement, id: .random())
        } catch {
            // A VDAF's error says what is wrong with the measurement, never what it is.
            throw .refused("there is no report of this measurement: \(error)")
        }
    }

    private static func request<Value>(
        _ body: () async throws(DAPRequestError) -> Value
    ) async throws(InteropError) -> Value {
        do throws(DAPRequestError) {
            return try await body()
        } catch {
            throw .refused(error.reason)
        }
    }
}
