/// Small drawings: numbers of SVG that templates have as attributes.
enum Drawing {
    /// The width of a bar of 100.
    static func width(_ count: UInt64, of greatest: UInt64) -> String {
        greatest == 0 ? "0" : Words.place(min(100, Double(count) / Double(greatest) * 100))
    }

    /// The counts of a string in the latest walks as a line, and the same in words.
    ///
    /// Nothing where fewer than two walks list it. A walk that does not list the string leaves a gap: its count there is unknown, and not zero.
    static func spark(_ history: [UInt64?]) -> Model? {
        guard history.count > 1 else { return nil }
        let listed = history.compactMap(\.self)
        guard listed.count > 1, let greatest = listed.max() else { return nil }
        let step = 96 / Double(history.count - 1)
        func point(_ index: Int, _ count: UInt64) -> (x: String, y: String) {
            let height = greatest == 0 ? 0 : Double(count) / Double(greatest)
            return (Words.place(2 + Double(index) * step), Words.place(21 - 18 * height))
        }
        var lines: [[String]] = []
        var dots: [Model] = []
        var isGap = true
        for (index, count) in history.enumerated() {
            guard let count else {
                isGap = true
                continue
            }
            let place = point(index, count)
            if isGap { lines.append([]) }
            lines[lines.count - 1].append("\(place.x),\(place.y)")
            isGap = false
            // A single point is no line, and the last one is where one is.
            let isAlone = lines.last?.count == 1 && (index + 1 == history.count || history[index + 1] == nil)
            if isAlone || index + 1 == history.count { dots.append(["x": place.x, "y": place.y]) }
        }
        let words = history.map { $0.map { Words.number($0) } ?? "not listed" }.joined(separator: ", ")
        return [
            "lines": lines.filter { $0.count > 1 }.map { ["points": $0.joined(separator: " ")] as Model },
            "dots": dots,
            "words": "in the latest \(history.count) walks: \(words)",
        ]
    }
}
