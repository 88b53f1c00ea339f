import PopulusVDAF

extension Scheme {
    /// How many measurements are true.
    package static let prio3Count = Scheme(
        type: 0x0000_0001, title: "Prio3Count", name: "prio3-count", purpose: "counts ones among zeros and ones",
        vdaf: { _ throws(VDAFError) in try Prio3Count().encoded() },
        form: { _ in .number(maximum: 1) },
        sums: { _ in SchemeSums(field: .field64) },
        // A one becomes a zero, or a zero a one.
        squaredSensitivity: { _ in 1 }, result: .share)
}

extension VdafConfiguration {
    /// How many measurements are true.
    package static var prio3Count: Self { Self(.prio3Count) }
}
