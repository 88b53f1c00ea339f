import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP

/// The statuses of all tasks, for the operator: what each role's file may ask for at its own aggregator, and no more.
extension AdminHandler {
    func statuses() async -> ServerResponse {
        // Once for all: it looks at every task's store.
        let (failing, tasks) = (registry.failing, registry.tasks)
        var statuses: [TaskStatus] = []
        for task in tasks { statuses.append(await status(of: task, isFailing: failing.contains(task.id))) }
        let process = ProcessStatus(role: registry.role, notReady: reasonNotReady, tasks: statuses)
        return ServerResponse(
            status: .ok, headers: [.contentType: TaskStatus.mediaType.description, .cacheControl: "no-store"],
            body: process.encoded())
    }

    private func status(of task: ServedTask, isFailing: Bool) async -> TaskStatus {
        var status = TaskStatus(role: registry.role, task: task.id, configuration: [])
        if let outage = task.outage {
            status.storeConflict = "\(outage)"
            return status
        }
        // A store that is away would be waited for, longer than whoever asks waits.
        if task.witness?.isAway != true {
            do throws(AggregatorError) {
                status = try await task.backend.status()
                troubles.end("a status failed", about: "\(task.id)", metadata: ["task": "\(task.id)"])
            } catch {
                troubles.note(
                    "a status failed", about: "\(task.id)", reason: "\(error)", metadata: ["task": "\(task.id)"])
            }
        }
        status.storeConflict = task.witness?.conflict?.description
        status.isFailing = status.storeConflict == nil && isFailing
        if registry.role == .helper { status.peer = task.contact.status }
        return status
    }
}
