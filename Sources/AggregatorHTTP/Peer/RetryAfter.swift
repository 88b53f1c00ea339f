/// A Retry-After header field that is sent.
///
/// Spec: RFC 9110 §10.2.3
enum RetryAfterField {
    /// A pause in whole seconds, rounded up, of at most a day.
    static func seconds(_ pause: Duration) -> Int {
        let (seconds, attoseconds) = pause.components
        return Int(clamping: max(0, min(seconds, 86_400) + (attoseconds > 0 ? 1 : 0)))
    }
}
