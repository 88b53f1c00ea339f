import PopulusSchemes

extension MeasurementForm {
    /// What a line is, for each scheme that there is.
    static var lines: String {
        var forms: [(words: String, names: [String])] = []
        for scheme in Schemes.all {
            let words = scheme.form(.least(of: scheme)).words
            if let known = forms.firstIndex(where: { $0.words == words }) {
                forms[known].names.append(scheme.name)
            } else {
                forms.append((words, [scheme.name]))
            }
        }
        let parts = forms.map { "\($0.words) (\($0.names.joined(separator: ", ")))" }
        return parts.dropLast().joined(separator: ", ") + ", or " + (parts.last ?? "")
    }

    private var words: String {
        switch self {
        case .string: "a string"
        case .number: "a number"
        case .bucket: "the number of a bucket counted from 0"
        case .vector, .bits: "numbers with commas between them"
        }
    }
}

extension SchemeValues {
    /// The least that each parameter of a scheme may be.
    fileprivate static func least(of scheme: Scheme) -> SchemeValues {
        SchemeValues(Dictionary(uniqueKeysWithValues: scheme.parameters.map { ($0.name, 1) }))
    }
}
