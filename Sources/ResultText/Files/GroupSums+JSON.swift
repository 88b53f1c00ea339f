import PopulusCollector

extension GroupSums {
    /// `groups`, one object a group, and `over_groups`, one for each string that is listed in several groups.
    package var members: [(name: String, value: String)] {
        [
            ("groups", Self.array(groups, "group", "strings")),
            ("over_groups", Self.array(strings, "value", "groups")),
        ]
    }

    private static func array(_ rows: [Row], _ key: String, _ parts: String) -> String {
        JSONText.array(
            rows.map { row in
                JSONText.object([
                    (key, JSONText.string(CSVWriter.escaped(row.key))), (parts, "\(row.parts)"),
                    ("at_least", "\(row.atLeast)"),
                ])
            })
    }
}
