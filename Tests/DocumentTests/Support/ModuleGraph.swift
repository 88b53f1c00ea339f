/// One module imports another.
struct Arrow: Hashable, Comparable, CustomStringConvertible {
    var imported: String
    var importer: String

    var description: String { "\(imported) ← \(importer)" }

    static func < (a: Self, b: Self) -> Bool { (a.importer, a.imported) < (b.importer, b.imported) }
}

/// Modules and who imports whom.
struct ModuleGraph {
    private(set) var modules: Set<String>
    private(set) var arrows: Set<Arrow>

    /// The modules of a manifest, with the arrows that a picture shows: none that follows from others.
    init(_ manifest: Manifest) {
        let imports = Dictionary(manifest.modules.map { ($0.name, $0.dependencies) }) { first, _ in first }
        modules = Set(imports.keys)
        arrows = []
        for (importer, imported) in imports {
            let further = imported.reduce(into: Set()) { $0.formUnion(Self.reached(from: $1, by: imports)) }
            for name in imported.subtracting(further) { arrows.insert(Arrow(imported: name, importer: importer)) }
        }
    }

    /// What a module imports, and what that imports, and so on, without the module itself.
    private static func reached(from start: String, by imports: [String: Set<String>]) -> Set<String> {
        var found: Set<String> = []
        var waiting = imports[start] ?? []
        while let name = waiting.popFirst() {
            if found.insert(name).inserted { waiting.formUnion(imports[name] ?? []) }
        }
        return found
    }

    /// The picture of an article: the first block of code after the heading *Modules*.
    ///
    /// `A, B ← C ← D, E`: C imports A and B, and is imported by D and E.
    init(pictureIn article: String) throws(Manifest.Unreadable) {
        let lines = article.split(separator: "\n", omittingEmptySubsequences: false)
        let block = lines.drop { $0 != "## Modules" }.drop { $0 != "```" }.dropFirst().prefix { $0 != "```" }
        guard !block.isEmpty else {
            throw Manifest.Unreadable(description: "Design.md has no block of code below `## Modules`")
        }
        modules = []
        arrows = []
        for line in block where !line.allSatisfy(\.isWhitespace) {
            let groups = line.split(separator: "←", omittingEmptySubsequences: false).map { group in
                group.split(separator: ",", omittingEmptySubsequences: false).map { String($0.filter { $0 != " " }) }
            }
            guard groups.joined().allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber } }) else {
                throw Manifest.Unreadable(description: "a line of the picture is not `A, B ← C`: \(line)")
            }
            modules.formUnion(groups.joined())
            for (left, right) in zip(groups, groups.dropFirst()) {
                for imported in left {
                    arrows.formUnion(right.map { Arrow(imported: imported, importer: $0) })
                }
            }
        }
    }

    /// What a picture must have for this graph, and does not, and the other way round; in words.
    func faults(of picture: ModuleGraph, _ manifest: Manifest) -> [String] {
        let direct = Set(
            manifest.modules.flatMap { module in
                module.dependencies.map { Arrow(imported: $0, importer: module.name) }
            })
        return modules.subtracting(picture.modules).sorted().map { "the picture lacks the module \($0)" }
            + picture.modules.subtracting(modules).sorted().map { "the picture has \($0), which is no module" }
            + arrows.subtracting(picture.arrows).sorted().map { "the picture lacks the arrow \($0)" }
            + picture.arrows.subtracting(arrows).sorted().map { arrow in
                direct.contains(arrow)
                    ? "the arrow \(arrow) follows from others: leave it out"
                    : "the picture has the arrow \(arrow), and Package.swift does not"
            }
    }
}
