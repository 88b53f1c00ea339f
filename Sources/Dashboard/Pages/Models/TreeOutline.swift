import Foundation
import ResultText

/// The outline of a walk's tree, made of numbers alone: at each step how many beginnings were asked for, and how many are left.
///
/// It grows from the left to the right by levels, and around a line in the middle. Heights are logarithms: one beginning is to be
/// seen beside ten thousand.
struct TreeOutline {
    let layers: [Layer]

    static let width = 800.0
    static let height = 200.0

    struct Layer {
        let x: Double
        let width: Double
        /// Heights.
        let asked: Double
        let kept: Double

        private func top(_ height: Double) -> Double { (TreeOutline.height - height) / 2 }

        var model: Model {
            [
                "x": Words.place(x), "width": Words.place(width),
                "askedY": Words.place(top(asked)), "asked": Words.place(asked),
                "keptY": Words.place(top(kept)), "kept": Words.place(kept),
            ]
        }

        var json: String {
            JSONText.array([x, width, top(asked), asked, top(kept), kept].map(Words.place))
        }
    }

    /// - Parameter bits: the length of a path.
    init(_ steps: [LiveView.LiveStep], bits: Int) {
        let greatest = steps.map { Self.size($0.candidates) }.max() ?? 0
        var before = 0
        var layers: [Layer] = []
        for step in steps where bits > 0 && greatest > 0 {
            let (start, end) = (Double(before) / Double(bits), Double(min(step.bits, bits)) / Double(bits))
            before = step.bits
            layers.append(
                Layer(
                    x: start * Self.width, width: max(0, (end - start) * Self.width),
                    asked: Self.size(step.candidates) / greatest * Self.height,
                    kept: Self.size(step.survivors ?? 0) / greatest * Self.height))
        }
        self.layers = layers
    }

    private static func size(_ count: Int) -> Double { log2(1 + Double(max(0, count))) }
}
