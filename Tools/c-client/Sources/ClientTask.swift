import CPopulusClient
import PopulusDAP
import PopulusReportMaking

/// Reads a client's task file without Foundation: what the project's own reader of all roles accepts for this one.
enum ClientTask {
    private static let format = "populus-task/1"
    private static let encodingMark = Array(";encoding=".utf8)

    /// - Throws: `BAD_TASK` for a file of another role or version, and for one that contradicts itself.
    static func decode(_ bytes: [UInt8]) throws(ClientFailure) -> ReportTask {
        let json: JSON
        do throws(JSONError) { json = try JSON(decoding: bytes) } catch { throw .badTask(error.words) }
        guard case .object = json else { throw .badTask("it is no JSON object") }
        guard try text(json, "format") == format else { throw .badTask("its format is not \"\(format)\"") }
        guard try text(json, "role") == "client" else {
            throw .badTask("it is not the client's: others hold secrets that no client may have")
        }
        let id = try base64URL(json, "task_id")
        let configuration = try base64URL(json, "task_configuration")
        let encoding = try optionalText(json, "encoding")
        let points = try codePoints(json)
        let task: ReportTask
        do throws(ReportTaskError) {
            task = try ReportTask(
                taskIDBytes: id, configurationBytes: configuration, codePoints: points, encoding: encoding)
        } catch {
            throw .badTask(error.description)
        }
        // Clients consent to what the configuration binds, so nothing beside it may say how strings become bits.
        guard encoding == boundEncoding(in: task.configuration) else {
            throw .badTask("its encoding is not the one in its task_configuration")
        }
        try check(task.configuration)
        return task
    }

    /// Both base URLs are texts that may stand in a request, and not one: one party would hold both shares.
    private static func check(_ configuration: TaskConfiguration) throws(ClientFailure) {
        for endpoint in [configuration.leaderEndpoint, configuration.helperEndpoint] {
            let hasScheme = ["http://", "https://"].contains { endpoint.starts(with: $0.utf8) }
            guard hasScheme, endpoint.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                throw .badTask("a base URL in its task_configuration is none")
            }
        }
        guard configuration.leaderEndpoint != configuration.helperEndpoint else {
            throw .badTask("its Leader and its Helper have one base URL")
        }
    }

    /// The encoding that a task's `task_info` names, of a task that has strings.
    private static func boundEncoding(in configuration: TaskConfiguration) -> String? {
        guard configuration.vdaf.scheme.countsStrings else { return nil }
        let info = configuration.taskInfo, mark = encodingMark
        guard info.count >= mark.count else { return nil }
        for start in stride(from: info.count - mark.count, through: 0, by: -1)
        where info[start..<start + mark.count].elementsEqual(mark) {
            return String(decoding: info[(start + mark.count)...], as: UTF8.self)
        }
        return nil
    }

    // MARK: Members

    private static func optionalText(_ json: JSON, _ name: String) throws(ClientFailure) -> String? {
        guard let member = json[name] else { return nil }
        guard let text = member.string else { throw .badTask("\"\(name)\" is no string") }
        return text
    }

    private static func text(_ json: JSON, _ name: String) throws(ClientFailure) -> String {
        guard let text = try optionalText(json, name) else { throw .badTask("it has no \"\(name)\"") }
        return text
    }

    private static func base64URL(_ json: JSON, _ name: String) throws(ClientFailure) -> [UInt8] {
        guard let bytes = Base64URL.decode(try text(json, name)) else {
            throw .badTask("\"\(name)\" is not base64url")
        }
        return bytes
    }

    private static func codePoints(_ json: JSON) throws(ClientFailure) -> WalkCodePoints {
        guard let points = json["walk_code_points"] else { return .provisional }
        func point(_ name: String) throws(ClientFailure) -> UInt16 {
            guard let value = points[name]?.u16 else {
                throw .badTask("\"walk_code_points.\(name)\" is no number from 0 to 65535")
            }
            return value
        }
        // Files of earlier versions name none for noise.
        let noise = points["noise"] == nil ? WalkCodePoints.provisional.noise : try point("noise")
        return WalkCodePoints(
            task: try point("task"), aggregationJob: try point("aggregation_job"),
            collectionJob: try point("collection_job"), noise: noise)
    }
}
