import ArgumentParser
import Client
import Foundation

extension LineValue.Form: ExpressibleByArgument {}
extension UnencodableLines: ExpressibleByArgument {}

/// Whether a part of a URL stays in it.
enum PartChoice: String, ExpressibleByArgument, CaseIterable {
    case keep, drop
}

/// Which string a line stands for, where lines are URLs.
///
/// Whoever uploads and whoever asks for strings by name give the same options, or their strings are not the same.
struct ValueOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            raw takes lines as they are. url takes URLs in one form, origin their scheme, host and port, host the host, \
            and site the name that the host belongs to, such as example.co.uk. Lines that are no such URL count as lines \
            that the task cannot take.
            """, valueName: "form"))
    var value: LineValue.Form = .raw

    @Option(
        help: ArgumentHelp("--value url: what is behind the ?; drop unless told otherwise.", valueName: "keep or drop"))
    var query: PartChoice?

    @Option(
        help: ArgumentHelp("--value url: what is behind the #; drop unless told otherwise.", valueName: "keep or drop"))
    var fragment: PartChoice?

    @Option(
        help: ArgumentHelp(
            "--value url: the user's name and password before the host; drop unless told otherwise.",
            valueName: "keep or drop"))
    var credentials: PartChoice?

    @Option(
        help: ArgumentHelp(
            "--value site: the list of public suffixes. (default: that of Debian's package publicsuffix)",
            valueName: "file"),
        completion: .file())
    var publicSuffixes: String?

    private static let systemList = "/usr/share/publicsuffix/public_suffix_list.dat"
    /// The published list has a quarter of a megabyte.
    private static let longestList = 64 << 20

    func validate() throws {
        if value != .url, let option = parts.first(where: { $0.choice != nil })?.option {
            throw ValidationError("\(option) goes with --value url")
        }
        guard publicSuffixes == nil || value == .site else {
            throw ValidationError("--public-suffixes goes with --value site")
        }
    }

    private var parts: [(option: String, choice: PartChoice?)] {
        [("--query", query), ("--fragment", fragment), ("--credentials", credentials)]
    }

    /// The options that change what a line stands for, in one order.
    var words: [String] {
        guard value != .raw else { return [] }
        return ["--value", value.rawValue] + parts.filter { $0.choice == .keep }.flatMap { [$0.option, "keep"] }
    }

    /// The options that name a file.
    var fileWords: [String] { publicSuffixes.map { ["--public-suffixes", $0] } ?? [] }

    /// - Throws: code 66 for a list that is not there, code 65 for a file that is none.
    func lineValue() throws(CommandFailure) -> LineValue {
        var kept = LineValue.Kept()
        kept.query = query == .keep
        kept.fragment = fragment == .keep
        kept.credentials = credentials == .keep
        return LineValue(value, keeping: kept, suffixes: value == .site ? try suffixes() : nil)
    }

    private func suffixes() throws(CommandFailure) -> PublicSuffixes {
        let path = publicSuffixes ?? Self.systemList
        let file = FileHandle(forReadingAtPath: path)
        let bytes: Data?
        do {
            bytes = try file?.read(upToCount: Self.longestList)
        } catch {
            throw CommandFailure(.noInput, "\(path): cannot be read: \(error.localizedDescription)")
        }
        guard file != nil else {
            throw CommandFailure(
                .noInput,
                publicSuffixes != nil
                    ? "\(path): no such file; give the list of public suffixes"
                    : "--value site needs the list of public suffixes: install Debian's package publicsuffix, or give the list "
                        + "of publicsuffix.org with --public-suffixes FILE (\(path) is not there)")
        }
        guard let suffixes = PublicSuffixes(list: [UInt8](bytes ?? Data())) else {
            throw CommandFailure(.data, "\(path): is no list of public suffixes: it has no line \"com\"")
        }
        return suffixes
    }
}
