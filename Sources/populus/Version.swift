/// What this executable is.
///
/// `Tools/release.sh` writes the commit into this file, in its own copy of the sources; nothing else in it changes.
enum Version {
    static let number = "0.1.0"
    /// The commit that a release was built from; nothing in a development build.
    static let commit: String? = nil

    /// The number and where it comes from: `0.1.0 (0123456789ab)` or `0.1.0 (development)`.
    static var text: String { "\(number) (\(commit ?? "development"))" }
}
