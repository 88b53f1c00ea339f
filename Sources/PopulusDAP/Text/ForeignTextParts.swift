/// A foreign text, scalar by scalar: which are shown as they are, and which bytes are escaped.
///
/// Beside what is printable everywhere, three signs are shown where they change what a reader sees, and nowhere else, so
/// that no two texts look the same because of them:
///
/// - a zero width joiner (U+200D) or non-joiner (U+200C) between two letters or marks of a script whose letters change
///   with their neighbours, as in Arabic, Persian and the scripts of India: there it is spelling. One, not several, and
///   neither at the beginning nor at the end. In Latin, Greek or Cyrillic text it changes nothing and only hides.
/// - a zero width joiner between two emoji, which become one picture;
/// - a variation selector (U+FE0E, U+FE0F) after an emoji, or in a keycap.
///
/// Spec: RFC 5892 A.1 and A.2 have the like for names of hosts; UTS #51 §2.2
package struct ForeignTextParts: Sequence, IteratorProtocol {
    /// A scalar, or a byte that is part of none.
    package struct Part {
        package let bytes: ArraySlice<UInt8>
        /// Whether it is shown as it is.
        package let isShown: Bool
        /// Nil for bytes that are not UTF-8.
        package let scalar: Unicode.Scalar?

        /// Whether it is shown and joins its neighbours.
        var isJoiner: Bool { isShown && scalar.map(Place.isJoiner) ?? false }
    }

    private var rest: ArraySlice<UInt8>
    private var before = Place.other

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    package mutating func next() -> Part? {
        guard !rest.isEmpty else { return nil }
        let (scalar, length) = ForeignText.firstScalar(of: rest)
        let bytes = rest.prefix(length)
        rest = rest.dropFirst(length)
        guard let scalar else {
            before = .other
            return Part(bytes: bytes, isShown: false, scalar: nil)
        }
        let isShown = isShown(scalar)
        before = isShown ? before.after(scalar) : .other
        return Part(bytes: bytes, isShown: isShown, scalar: scalar)
    }

    private func isShown(_ scalar: Unicode.Scalar) -> Bool {
        let next = ForeignText.firstScalar(of: rest).scalar
        if Place.isJoiner(scalar) {
            guard let next else { return false }
            return switch before {
            case .letter: Place.isJoining(next)
            case .emoji, .styledEmoji: scalar == Place.joiner && Place.isEmoji(next)
            case .keycap, .other: false
            }
        }
        if Place.isStyle(scalar) { return before == .emoji || before == .keycap && next == "\u{20e3}" }
        return ForeignText.isPrintable(scalar)
    }

    /// What the last scalar was, as far as it matters for the next one.
    private enum Place {
        /// A letter or mark of a script that joins.
        case letter
        case emoji
        /// An emoji with a variation selector.
        case styledEmoji
        /// What a keycap may be around.
        case keycap
        case other

        static let joiner: Unicode.Scalar = "\u{200d}"

        static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar == joiner || scalar == "\u{200c}" }

        static func isStyle(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{fe0e}" || scalar == "\u{fe0f}" }

        /// Digits and the like are emoji only in keycaps.
        static func isEmoji(_ scalar: Unicode.Scalar) -> Bool { scalar.value > 0x7f && scalar.properties.isEmoji }

        /// Arabic to the scripts of South and South-East Asia, Mongolian, and Arabic's presentation forms.
        private static let joiningScripts: [ClosedRange<UInt32>] = [
            0x0600...0x0dff, 0x0f00...0x109f, 0x1780...0x18af, 0x1a20...0x1cff, 0xa800...0xa8ff, 0xa980...0xa9df,
            0xfb50...0xfdff, 0xfe70...0xfefc, 0x10ac0...0x10aff, 0x10d00...0x10d3f, 0x10f30...0x10fff,
            0x11000...0x11fff, 0x1e900...0x1e95f,
        ]

        static func isJoining(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark:
                joiningScripts.contains { $0.contains(scalar.value) } && ForeignText.isPrintable(scalar)
            default: false
            }
        }

        func after(_ scalar: Unicode.Scalar) -> Place {
            if Self.isStyle(scalar) { return .styledEmoji }
            if Self.isJoining(scalar) { return .letter }
            if Self.isEmoji(scalar) { return .emoji }
            return "0123456789#*".unicodeScalars.contains(scalar) ? .keycap : .other
        }
    }
}
