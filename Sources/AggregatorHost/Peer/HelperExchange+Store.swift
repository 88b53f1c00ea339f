import Aggregator
import PopulusDAP
import PopulusHTTPRequests

/// What both aggregators tell each other of their stores, on the Leader's side.
///
/// Spec: <doc:StoreStatements>
extension HelperExchange {
    /// Adds what is true of the Leader's store; nothing leaves once that must not be worked with any more.
    func sayStore(in fields: inout [String: String]) throws(PeerError) {
        guard let witness else { return }
        if let conflict = witness.conflict { throw Self.transient(conflict) }
        fields[StoreStatement.fieldName] = witness.statement.fieldValue
    }

    /// Takes what the Helper says of its store, before anything of the answer is acted on.
    ///
    /// The setup is wrong, not the batch: what is bound to it would be lost by giving up, and two operators can mend it.
    ///
    /// - Parameter ifSaid: whether an answer without the field says nothing; otherwise a Helper has fallen silent.
    func hearStore(in answer: DAPAnswer, ifSaid: Bool = false) async throws(PeerError) {
        guard let witness else { return }
        let field = answer.field(StoreStatement.fieldName)
        if field == nil, ifSaid { return }
        let statement = field.flatMap { StoreStatement(fieldValue: $0) }
        guard (field == nil) == (statement == nil) else {
            throw .transient(
                reason: "the field \(StoreStatement.fieldName) of the Helper's answer does not decode", retryAfter: nil)
        }
        do throws(StoreConflict) {
            try await witness.hear(statement)
        } catch {
            throw Self.transient(error)
        }
    }

    private static func transient(_ conflict: StoreConflict) -> PeerError {
        .transient(reason: conflict.description, retryAfter: nil)
    }
}
