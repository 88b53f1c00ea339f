extension PageFrame {
    var model: Model {
        Model.of([
            "title": title,
            "names": ([title] + crumbs.dropFirst().reversed().map(\.title)).joined(separator: " · "),
            "crumbs": crumbs.map { ["name": $0.title, "path": $0.path.text] as Model },
            "csrf": csrf,
            "fault": notice.flatMap { $0.isFault ? $0.text : nil },
            "news": notice.flatMap { $0.isFault ? nil : $0.text },
            "refresh": refresh.map { "\($0)" },
        ])
    }
}

/// A term of a list of facts, and what it is.
struct Fact {
    let term: String
    let text: String
    /// For programs, where the text is a moment.
    var moment: String?
    /// Whether it is long.
    let isWide: Bool

    init(_ term: String, _ text: String, moment: String? = nil, isWide: Bool = false) {
        self.term = term
        self.text = text
        self.moment = moment
        self.isWide = isWide
    }

    init(_ term: String, moment seconds: UInt64) {
        self.init(term, Words.moment(seconds), moment: Words.iso(seconds))
    }

    var model: Model { Model.of(["term": term, "text": text, "seconds": moment, "wide": isWide]) }
}
