/// The one table of what a task can measure.
///
/// A row is a VDAF, and what everything else in the program needs to know of it: its parameters and how they are written,
/// their bounds, the form of a line, how a result is shown. Whoever adds a VDAF adds its row here, and its own file
/// beside the others in `Rows`.
package enum Schemes {
    package static let all: [Scheme] = [
        .poplar1, .prio3Count, .prio3Sum, .prio3SumVec, .prio3Histogram, .prio3MultihotCountVec,
    ]

    /// The row of a `VdafType`.
    package static func scheme(type: UInt32) -> Scheme? { all.first { $0.type == type } }

    /// The row that a person names.
    package static func scheme(name: String) -> Scheme? { all.first { $0.name == name } }

    /// The row of a VDAF by the specification's name.
    package static func scheme(title: String) -> Scheme? { all.first { $0.title == title } }
}
