#if PostgreSQL
import Aggregator
import PopulusDAP

/// What a process makes of the notices of others (LISTEN), over the connection that holds its lock.
///
/// A notice says which task has changed, and who says so: no more than anyone who may connect to the database may know. It is
/// sent by the transaction that made the change, but never by one of uploads, since commits with a notice wait for each other.
/// One that is lost costs no more than a pause: whoever waits looks from time to time all the same.
struct PostgreSQLListener: Sendable {
    let channel: String
    /// This process: it is not woken by itself.
    let replica: ReplicaID
    /// By the rows of tasks.
    let waiters: Waiters<Int64>

    /// - Parameter task: its row; nothing for all of them.
    static func text(of task: Int64?, by replica: ReplicaID) -> String {
        "\(task.map { "\($0)" } ?? "all") \(replica.base64URL)"
    }

    /// Listens from now on; what was said before is lost.
    func begin(over connection: PostgreSQLConnection) throws {
        try connection.script("LISTEN \(PostgreSQLConnection.quoted(channel))")
        waiters.notifyAll()
    }

    /// Wakes those whom notices concern.
    func take(_ notices: [String]) {
        for notice in Set(notices) {
            let words = notice.split(separator: " ")
            guard words.count == 2, words[1] != replica.base64URL else { continue }
            if let task = Int64(words[0]) { waiters.notify(task) } else { waiters.notifyAll() }
        }
    }
}
#endif
