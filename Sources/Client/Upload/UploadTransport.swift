import DAP
import DAPRequests
import WireCodec

/// The servers as an uploading client uses them.
package protocol UploadTransport: Sendable {
    /// Asks both aggregators for their HPKE configurations.
    func hpkeConfigs() async throws(DAPRequestError) -> HpkeConfigs

    /// Sends reports to the Leader and waits until it has them.
    ///
    /// - Returns: the reports that the Leader refused, and whether the request had to be sent more than once.
    func upload(_ reports: [UInt8]) async throws(DAPRequestError) -> (errors: UploadErrors, repeated: Bool)
}

/// The servers over HTTP.
package struct HTTPUploadTransport: UploadTransport {
    private let task: TaskID
    private let configuration: TaskConfiguration
    private let requester: DAPRequester

    package init(task: TaskID, configuration: TaskConfiguration, requester: DAPRequester) {
        self.task = task
        self.configuration = configuration
        self.requester = requester
    }

    package func hpkeConfigs() async throws(DAPRequestError) -> HpkeConfigs {
        let leader = try await hpkeConfig(configuration.leaderURL("hpke_config"))
        let helper = try await hpkeConfig(configuration.helperURL("hpke_config"))
        return HpkeConfigs(
            leader: leader.config, helper: helper.config, freshFor: min(leader.freshFor, helper.freshFor))
    }

    /// Asks a server for its HPKE configurations and takes the first usable one.
    ///
    /// Spec: DAP §4.4.1
    private func hpkeConfig(_ url: String) async throws(DAPRequestError) -> (config: HpkeConfig, freshFor: Double) {
        let answer = try await requester.send(DAPRequest(.get, url))
        return (try Self.firstUsable(in: answer, of: url), answer.freshFor ?? HpkeConfigs.usuallyFreshFor)
    }

    /// The first configuration of a list whose algorithms this program has.
    ///
    /// - Throws: `malformed` for anything but a list with one.
    package static func firstUsable(in answer: DAPAnswer, of url: String) throws(DAPRequestError) -> HpkeConfig {
        guard let type = answer.contentType, MediaType.hpkeConfigList.matches(type),
            let list = try? HpkeConfigList(decoding: answer.body)
        else { throw .malformed("\(url) answers with something else than an HPKE configuration list") }
        guard let config = list.firstSupported else {
            throw .malformed("\(url) offers no HPKE algorithms that this program knows")
        }
        return config
    }

    /// Posts an upload request.
    ///
    /// Spec: DAP §4.4.2
    package func upload(
        _ reports: [UInt8]
    ) async throws(DAPRequestError) -> (errors: UploadErrors, repeated: Bool) {
        let answer = try await requester.send(
            DAPRequest(
                .post, configuration.leaderURL("tasks/\(task.base64URL)/reports"), contentType: .uploadRequest,
                body: reports))
        guard !answer.body.isEmpty else { return (UploadErrors(status: []), answer.attempts > 1) }
        guard let type = answer.contentType, MediaType.uploadErrors.matches(type),
            let errors = try? UploadErrors(decoding: answer.body)
        else { throw .malformed("the Leader answers an upload with something else than upload errors") }
        return (errors, answer.attempts > 1)
    }
}
