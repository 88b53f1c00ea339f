import Foundation
import PopulusDAP
import PopulusHTTPRequests

/// Finds out the whole configuration of a task for a Client and a Collector.
///
/// The draft tells them less than DAP-18 binds. Whatever a request lacks they ask the Leader, which a Leader of ours
/// answers; where it does not, the stated defaults hold.
struct TaskResolver: Sendable {
    let requester: DAPRequester

    func configuration(of task: TaskObject) async throws(InteropError) -> TaskConfiguration {
        if task.isIncomplete, let known = await askLeader(of: task) {
            guard known.leaderEndpoint == Array(task.leader.utf8), known.vdaf == (try task.vdaf.configuration()) else {
                throw .refused("the Leader has this task with another Leader's URL or another VDAF")
            }
            return known
        }
        return try task.configuration()
    }

    /// Nothing where the Leader is not ours, or does not answer: then the defaults hold, and a wrong one is seen by the refusals.
    private func askLeader(of task: TaskObject) async -> TaskConfiguration? {
        guard let url = Self.testURL(leader: task.leader),
            // An identifier always has a JSON form.
            let body = try? JSONEncoder().encode(ConfigurationCommand(taskID: task.taskID))
        else { return nil }
        let request = DAPRequest(
            .post, url, contentType: MediaType(essence: "application/json"), body: [UInt8](body))
        // Whatever the answer is, if it is not ours: see above.
        guard let response = try? await requester.send(request),
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)),
            let encoded = answer.taskConfiguration?.bytes
        else { return nil }
        // The same.
        return try? TaskConfiguration(decoding: encoded)
    }

    /// The address of the Leader's test API: on the same port as its DAP resources.
    private static func testURL(leader: String) -> String? {
        guard var parts = URLComponents(string: leader) else { return nil }
        parts.percentEncodedPath = TestEndpoint.root + TestEndpoint.taskConfiguration.rawValue
        return parts.string
    }
}
