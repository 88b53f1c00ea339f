import Foundation
import ResultText

/// The outline of a walk's tree, made of numbers alone: at each step how many beginnings were asked for, and how many are left.
///
/// It grows downwards by levels. Widths are logarithms: one beginning is to be seen beside ten thousand.
struct TreeOutline {
    let layers: [Layer]

    struct Layer {
        let y: Double
        let height: Double
        let asked: Double
        let kept: Double

        private static let width = 400.0

        var model: Model {
            [
                "y": Words.place(y), "height": Words.place(height),
                "askedX": Words.place((Self.width - asked) / 2), "asked": Words.place(asked),
                "keptX": Words.place((Self.width - kept) / 2), "kept": Words.place(kept),
            ]
        }

        var json: String {
            let numbers = [y, height, (Self.width - asked) / 2, asked, (Self.width - kept) / 2, kept]
            return JSONText.array(numbers.map(Words.place))
        }
    }

    /// - Parameter bits: the length of a path.
    init(_ steps: [LiveView.LiveStep], bits: Int) {
        let height = 200.0
        let greatest = steps.map { Self.size($0.candidates) }.max() ?? 0
        var before = 0
        var layers: [Layer] = []
        for step in steps where bits > 0 && greatest > 0 {
            let (start, end) = (Double(before) / Double(bits), Double(min(step.bits, bits)) / Double(bits))
            before = step.bits
            layers.append(
                Layer(
                    y: start * height, height: max(0, (end - start) * height),
                    asked: Self.size(step.candidates) / greatest * 400,
                    kept: Self.size(step.survivors ?? 0) / greatest * 400))
        }
        self.layers = layers
    }

    private static func size(_ count: Int) -> Double { log2(1 + Double(max(0, count))) }
}
