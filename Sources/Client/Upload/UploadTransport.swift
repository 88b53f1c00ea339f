import PopulusDAP
import PopulusHTTPRequests
import PopulusWireCodec

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
    private let token: String?
    /// What goes with every upload: the task itself, if requests bring it.
    private let fields: [String: String]

    /// - Parameter token: the upload token that all clients of the task show, if it has one.
    package init(task: TaskID, configuration: TaskConfiguration, requester: DAPRequester, token: String? = nil) {
        self.token = token
        self.task = task
        self.configuration = configuration
        self.requester = requester
        fields = TaskAdvertisement.fields(for: task, configuration)
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
        return (try answer.hpkeConfig(of: url), answer.freshFor ?? HpkeConfigs.usuallyFreshFor)
    }

    /// Posts an upload request.
    ///
    /// Spec: DAP §4.4.2
    package func upload(
        _ reports: [UInt8]
    ) async throws(DAPRequestError) -> (errors: UploadErrors, repeated: Bool) {
        let url = configuration.leaderURL("tasks/\(task.base64URL)/reports")
        let answer = try await requester.send(
            DAPRequest(.post, url, token: token, contentType: .uploadRequest, body: reports, fields: fields))
        return (try Self.uploadErrors(in: answer, of: url), answer.attempts > 1)
    }

    /// What a Leader says of the reports of a request: which it refuses; nothing if it has them all.
    ///
    /// The draft lets a server use any status of a class, and a client take it for the class. Here 200 is expected, as in
    /// the draft's examples (and 201, its earlier versions' word), with no body: 204 and 202 are what a captive portal or
    /// a proxy says, and a report that is taken for uploaded and is not is lost. A body that is a list of refused reports
    /// is a Leader's word whatever the status.
    ///
    /// - Throws: `malformed` for whatever a Leader does not say.
    ///
    /// Spec: DAP §3.4, §4.4.2
    package static func uploadErrors(
        in answer: DAPAnswer, of url: String
    ) throws(DAPRequestError) -> UploadErrors {
        let isList = answer.contentType.map { MediaType.uploadErrors.matches($0) }
        if answer.body.isEmpty, [200, 201].contains(answer.status), isList ?? true { return UploadErrors(status: []) }
        // A list that does not decode is no Leader's word either.
        if !answer.body.isEmpty, isList == true, let errors = try? UploadErrors(decoding: answer.body) { return errors }
        let what = answer.contentType.map { ", \(ForeignText.escaped($0.description, limit: 80))" } ?? ""
        throw .malformed(
            "the answer of \(url) is not that of a DAP-18 Leader (status \(answer.status)\(what), "
                + "\(answer.body.count) bytes): these reports do not count as uploaded")
    }
}
