import PopulusDAP
import ResultText

extension LiveView {
    /// Of the page; what of it changes is in ``json`` too, with the same words, so that a script renders nothing by itself.
    var model: Model {
        Model.of([
            "events": DashboardPath.events(task: task).text,
            "state": state,
            "percent": "\(percent)",
            "estimate": estimate,
            "result": result,
            "hasResult": result != nil,
            "tiles": tiles.map { ["term": $0.term, "text": $0.text] as Model },
            "late": late,
            "tree": TreeOutline(steps, bits: bits).layers.map(\.model),
            "steps": steps.reversed().map { ["cells": $0.cells] as Model },
        ])
    }

    /// One line.
    var json: String {
        JSONText.object([
            ("state", JSONText.string(state)),
            ("percent", "\(percent)"),
            ("estimate", JSONText.string(estimate)),
            ("result", result.map { JSONText.string($0) } ?? "null"),
            ("over", "\(isOver)"),
            ("late", JSONText.string(late)),
            ("tiles", JSONText.array(tiles.map { JSONText.string($0.text) })),
            ("steps", JSONText.array(steps.reversed().map { JSONText.array($0.cells.map { JSONText.string($0) }) })),
            ("tree", JSONText.array(TreeOutline(steps, bits: bits).layers.map(\.json))),
        ])
    }

    private var isOver: Bool {
        switch phase {
        case .finished, .failed: true
        case .waiting, .asking, .planning: false
        }
    }

    private var state: String {
        switch phase {
        case .waiting(let what): what
        case .asking(let step, let level, let candidates):
            "Step \(step + 1): bit \(level + 1) of \(bits), \(Words.counted(candidates, "candidate"))"
        case .planning: "The next step is made"
        case .finished(let strings): "Finished: \(Words.counted(strings, "string"))"
        case .failed(let why): "The walk has ended without a result: \(why)"
        }
    }

    /// How many of a hundred levels are done.
    private var percent: Int {
        if case .finished = phase { return 100 }
        return bits > 0 ? min(100, (steps.last?.bits ?? 0) * 100 / bits) : 0
    }

    private var estimate: String {
        guard !isOver, let secondsLeft else { return "" }
        return "At most \(Words.duration(seconds: secondsLeft)) more, and often much less"
    }

    /// How the latest step went, and all of them; always the same terms, of which some have no text yet.
    private var tiles: [Fact] {
        let latest = steps.last
        return [
            Fact("Threshold", ForeignText.escaped(threshold)),
            Fact("Bits", latest.map { "\(Words.number($0.bits)) of \(Words.number(bits))" } ?? "–"),
            Fact("With enough votes", latest?.survivors.map { Words.number($0) } ?? "–"),
            Fact("Reports", latest.map { Words.number($0.reports) } ?? "–"),
            Fact("Evaluations a second", latest.map(\.rate) ?? "–"),
            Fact("Time", steps.isEmpty ? "–" : Words.duration(seconds: steps.reduce(0) { $0 + $1.seconds })),
        ]
    }

    private var late: String {
        lateRejectionLimit.map {
            "\(Words.counted($0, "report")) of the first step may turn out to be invalid; one more ends the walk."
        } ?? ""
    }

    private var result: String? {
        guard case .finished = phase, let walk else { return nil }
        return DashboardPath.walk(task: task, walk: walk).text
    }
}

extension LiveView.LiveStep {
    /// The cells of its row.
    var cells: [String] {
        [
            "\(step + 1)", "\(bits)", Words.number(candidates), survivors.map { Words.number($0) } ?? "–",
            Words.number(reports), Words.number(lateRejections), Words.duration(seconds: seconds), rate,
        ]
    }

    /// A report at a candidate is what is evaluated.
    fileprivate var rate: String {
        let rate = Double(candidates) * Double(reports) / seconds
        guard rate.isFinite, rate < 1e15 else { return "" }
        return Words.number(Int(rate))
    }
}
