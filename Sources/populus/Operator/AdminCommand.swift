import ArgumentParser
import Foundation
import PopulusDAP
import PopulusTaskFiles

/// `populus admin`: who may use an aggregator's admin API.
struct AdminCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Says who may see and change the tasks of a running aggregator.",
        subcommands: [AdminTokensCommand.self])
}

/// `populus admin tokens`: the tokens that operators show.
struct AdminTokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Draws, lists and removes the tokens that operators show.",
        discussion: """
            A Leader or a Helper that is started with --admin-listen and --admin-tokens FILE lets in whoever shows one of the \
            tokens of that file. The file has digests only. The server reads it again whenever it has changed, so a token is \
            added or removed while it runs. Several are valid at once: to change one, add a new one, hand it out, remove the \
            old one.

            Who has an admin token can add and end tasks of that one aggregator: give one to each person or program that \
            does so, as the log names the token that was shown.
            """,
        subcommands: [AdminTokensAddCommand.self, AdminTokensListCommand.self, AdminTokensRemoveCommand.self])
}

/// `populus admin tokens add`: one more token.
struct AdminTokensAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Draws an admin token and writes it to standard output.",
        discussion: """
            The token alone goes to standard output, once: the file gets a digest, from which nobody makes the token. The file \
            is made if it is not there. Write it to a file that nobody else can read: (umask 077; populus admin tokens add … >FILE)
            """)

    @Argument(help: "The file of --admin-tokens.", completion: .json)
    var file: String

    @Option(help: ArgumentHelp("Who has it, for people, such as a name.", valueName: "text"))
    var name = ""

    func validate() throws {
        guard name.utf8.count <= 100, name == ForeignText.escaped(name), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name has at most 100 bytes in one line that can be seen, such as \"ops\"")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "admin tokens add") {
            var (kept, isNew) = (AdminTokenFile(), false)
            do throws(TaskFileError) { kept = try AdminTokenFile(readingFrom: file) } catch {
                guard case .notFound = error else { throw CommandFailure(error) }
                isNew = true
            }
            guard kept.tokens.count < AdminTokenFile.most else {
                throw CommandFailure(
                    .data, "\(file): it has \(AdminTokenFile.most) tokens, which is the most: remove old ones first")
            }
            let now = UInt64(max(0, Date().timeIntervalSince1970))
            var drawn = AdminTokenFile.Token.draw(name: name, added: now)
            while kept.tokens.contains(where: { $0.id == drawn.kept.id }) {
                drawn = AdminTokenFile.Token.draw(name: name, added: now)
            }
            kept.tokens.append(drawn.kept)
            do throws(TaskFileError) { try kept.write(to: file, isNew: isNew) } catch { throw CommandFailure(error) }
            StandardStream.error.write(
                "added admin token \(drawn.kept.id); a server that has \(file) as its --admin-tokens takes it from now on\n"
            )
            if StandardStream.output.leadsToExposedFile {
                StandardStream.error.write(
                    "warning: others can read the file that the token is written to: chmod 600 it, or set umask 077 before\n"
                )
            }
            try StandardStream.output.deliver(Array((drawn.token + "\n").utf8))
        }
    }
}

/// `populus admin tokens list`: which tokens there are.
struct AdminTokensListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists admin tokens, without what they are.",
        discussion: """
            A line has the token's ID, as the server's log names it, when it was added, and its name. The ID is the beginning of \
            the token's SHA-256: tr -d '\\n' <FILE | sha256sum
            """)

    @Argument(help: "The file of --admin-tokens.", completion: .json)
    var file: String

    func run() async throws {
        try await Self.reporting(as: "admin tokens list") {
            let kept: AdminTokenFile
            do throws(TaskFileError) { kept = try AdminTokenFile(readingFrom: file) } catch {
                throw CommandFailure(error)
            }
            guard !kept.tokens.isEmpty else {
                StandardStream.error.write("none: nobody is let in\n")
                return
            }
            StandardStream.output.write(kept.tokens.map { $0.words + "\n" }.joined())
        }
    }
}

/// `populus admin tokens remove`: a token that lets nobody in any more.
struct AdminTokensRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes admin tokens: whoever shows one is refused from then on.")

    @Argument(help: "The file of --admin-tokens.", completion: .json)
    var file: String

    @Argument(help: "IDs of tokens, as `populus admin tokens list` shows them.")
    var ids: [String]

    func run() async throws {
        try await Self.reporting(as: "admin tokens remove") {
            var kept: AdminTokenFile
            do throws(TaskFileError) { kept = try AdminTokenFile(readingFrom: file) } catch {
                throw CommandFailure(error)
            }
            if let unknown = ids.first(where: { id in !kept.tokens.contains { $0.id == id } }) {
                let known = kept.tokens.isEmpty ? "none" : kept.tokens.map(\.id).joined(separator: ", ")
                throw CommandFailure(.data, "\(file): no admin token has the ID \(unknown); there are: \(known)")
            }
            kept.tokens.removeAll { ids.contains($0.id) }
            do throws(TaskFileError) { try kept.write(to: file, isNew: false) } catch { throw CommandFailure(error) }
            StandardStream.output.write("removed \(ids.joined(separator: ", "))\n")
        }
    }
}
