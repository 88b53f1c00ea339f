/// A message of the walk extension that is used only in tasks which list it.
///
/// `enum { finish(1), (65535) } WalkMessageCode;`
///
/// Spec: <doc:WalkExtension>
package enum WalkOptionalMessage: UInt16, Hashable, Sendable, CaseIterable {
    /// ``WalkFinishReq``: the last verdicts of a step, and the request for its aggregate share, together.
    case finish = 1
}
