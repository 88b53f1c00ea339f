/// How long to wait after failures: longer each time, never less than the server wants, and by chance up to half of one's
/// own time shorter, so that the many who failed together do not come back together.
struct Pauses: Sendable {
    let first: Double
    let longest: Double
    private var next: Double

    /// The longest pause that a server can ask for, in seconds.
    static let longestAsked: Double = 86_400

    init(first: Double, longest: Double) {
        self.first = first
        self.longest = longest
        next = min(first, longest)
    }

    /// The pause after one more failure, in seconds.
    ///
    /// - Parameters:
    ///   - asked: what the server asks for.
    ///   - chance: from 0 to 1.
    mutating func pause(asked: Double?, chance: Double) -> Double {
        let own = next * (1 - chance / 2)
        next = min(2 * next, longest)
        return max(own, min(max(0, asked ?? 0), Self.longestAsked))
    }

    mutating func end() { next = min(first, longest) }
}
