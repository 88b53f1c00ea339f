import PopulusDAP
import PopulusVDAF

/// What this executable is.
enum Version {
    static let number = "0.1.0"

    /// The commit that a release was built from; nothing in other builds.
    ///
    /// `+changes` follows if the checkout was not as the commit says.
    static let commit: String? = {
        let written = stamp.description.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "-" }
        return written.isEmpty ? nil : String(written)
    }()

    /// What `--version` prints: both sides of a task need the same drafts, whatever their own numbers are.
    static var full: String {
        """
        \(text)
        DAP: \(SpecVersion.draft)
        VDAF: \(VDAFSpecification.draft)
        walk extension: version \(WalkTaskExtension.version)
        """
    }

    /// The number and where it comes from: `0.1.0 (0123456789ab)` or `0.1.0 (development)`.
    static var text: String {
        guard let commit else { return "\(number) (development)" }
        return "\(number) (\(commit.prefix(12))\(commit.dropFirst(40)))"
    }

    /// `Tools/release.sh` finds these words in the finished executable and writes over the dashes, so that a release
    /// needs no change of the sources.
    private static let stamp: StaticString =
        "populus was built from commit: ------------------------------------------------"
}
