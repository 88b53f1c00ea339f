import Foundation

/// What Package.swift says of the targets of this package, read from its text.
///
/// SwiftPM itself would tell more, but waits for the lock that `swift test` holds.
struct Manifest {
    struct Target: Sendable {
        var name: String
        /// `target`, `executableTarget`, `testTarget` or `systemLibrary`.
        var kind: String
        /// Those of this package; products of other packages are left out.
        var dependencies: Set<String>
        /// The folder that is named, if one is.
        var path: String?

        var isModule: Bool { kind != "testTarget" && path == nil }

        /// The folder of its files, from the root of the checkout.
        var folder: String { path ?? (kind == "testTarget" ? "Tests/" : "Sources/") + name }
    }

    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    let targets: [Target]

    init(_ text: String) throws(Unreadable) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let code = lines.filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }.joined(separator: "\n")
        guard let start = code.range(of: "\n    targets: [") else {
            throw Unreadable(
                description: "Package.swift has no line `    targets: [`: the test has to learn its new form")
        }
        targets = try Self.elements(code[start.upperBound...]).map(Self.target)
    }

    /// The targets whose folders are under Sources.
    var modules: [Target] { targets.filter(\.isModule) }

    /// A target from its call, such as `.target(name: "DAP", dependencies: ["VDAF", crypto])`.
    private static func target(_ call: Substring) throws(Unreadable) -> Target {
        let kind = call.dropFirst().prefix { $0.isLetter }
        let kinds: Set<Substring> = ["target", "executableTarget", "testTarget", "systemLibrary"]
        guard call.hasPrefix("."), kinds.contains(kind), let open = call.firstIndex(of: "(") else {
            throw Unreadable(description: "Package.swift has a target that this test cannot read: \(call.prefix(80))")
        }
        var arguments: [Substring: Substring] = [:]
        for argument in elements(call[call.index(after: open)...]) {
            let label = argument.prefix { $0 != ":" }
            arguments[label] = argument.dropFirst(label.count + 1).drop(while: \.isWhitespace)
        }
        guard let name = arguments["name"].flatMap(literal) else {
            throw Unreadable(description: "Package.swift has a target without a name: \(call.prefix(80))")
        }
        let list = arguments["dependencies"].map { elements($0.dropFirst()) } ?? []
        return Target(
            name: name, kind: String(kind), dependencies: Set(list.compactMap(dependency)),
            path: arguments["path"].flatMap(literal))
    }

    /// A target of this package, by its name alone or as `.target(name: "C", condition: …)`; nothing for other packages' products.
    private static func dependency(_ text: Substring) -> String? {
        guard text.hasPrefix(".target(") else { return literal(text) }
        let arguments = elements(text[text.index(after: text.firstIndex(of: "(") ?? text.startIndex)...])
        return arguments.first { $0.hasPrefix("name:") }
            .flatMap { literal($0.dropFirst("name:".count).drop(while: \.isWhitespace)) }
    }

    /// The text of a string literal; nothing if it is something else.
    private static func literal(_ text: Substring) -> String? {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return nil }
        return String(text.dropFirst().dropLast())
    }

    /// What stands between the commas of a list, up to the bracket that closes it.
    private static func elements(_ text: Substring) -> [Substring] {
        var (elements, start) = ([Substring](), text.startIndex)
        var (depth, isString) = (0, false)
        func end(at index: Substring.Index) {
            let element = text[start..<index].drop(while: \.isWhitespace)
            let trimmed = element.reversed().drop(while: \.isWhitespace)
            if !trimmed.isEmpty { elements.append(element.dropLast(element.count - trimmed.count)) }
        }
        for index in text.indices {
            switch text[index] {
            case "\"": isString.toggle()
            case _ where isString: break
            case "(", "[": depth += 1
            case ")", "]":
                depth -= 1
                guard depth >= 0 else {
                    end(at: index)
                    return elements
                }
            case "," where depth == 0:
                end(at: index)
                start = text.index(after: index)
            default: break
            }
        }
        end(at: text.endIndex)
        return elements
    }
}
