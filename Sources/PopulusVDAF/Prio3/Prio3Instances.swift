/// How many measurements are 1.
///
/// A measurement is 0 or 1; the result is a number.
///
/// Spec: VDAF §7.4.1.
public struct Prio3Count: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field64
    /// 0 or 1.
    public typealias Measurement = UInt64
    /// How many measurements are 1.
    public typealias AggregateResult = UInt128

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 1

    package let core: Prio3<Count>

    /// Prio3Count for so many aggregators.
    ///
    /// - Throws: `.parameterOutOfRange` unless `shares` is in `[2, 255]`.
    public init(shares: Int = 2) throws(VDAFError) { core = try Prio3(shares: shares) }
}

/// The sum of integers.
///
/// A measurement is in `[0, maxMeasurement]`; the result is a number. It is right as long as the number of reports times
/// the greatest measurement is below 2^64 - 2^32 + 1.
///
/// Spec: VDAF §7.4.2.
public struct Prio3Sum: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field64
    /// An integer in `[0, maxMeasurement]`.
    public typealias Measurement = UInt64
    /// The sum.
    public typealias AggregateResult = UInt128

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 2

    package let core: Prio3<Sum>

    /// Prio3Sum for measurements up to `maxMeasurement`.
    ///
    /// - Throws: `.parameterOutOfRange` unless `maxMeasurement` is in `[1, 2^63 - 1]` and `shares` in `[2, 255]`.
    public init(maxMeasurement: UInt64, shares: Int = 2) throws(VDAFError) {
        core = try Prio3(maxMeasurement: maxMeasurement, shares: shares)
    }

    /// The greatest measurement.
    public var maxMeasurement: UInt64 { core.circuit.maxMeasurement }
}

/// The sum of vectors of integers.
///
/// A measurement has `length` integers, each in `[0, maxMeasurement]`; the result has one number an element.
///
/// Spec: VDAF §7.4.3.
public struct Prio3SumVec: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field128
    /// `length` integers in `[0, maxMeasurement]`.
    public typealias Measurement = [UInt64]
    /// The sum of each element.
    public typealias AggregateResult = [UInt128]

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 3

    package let core: Prio3<SumVec<Field128>>

    /// Prio3SumVec for vectors of `length` integers up to `maxMeasurement`.
    ///
    /// `chunkLength` trades the size of proofs for the work on them; near the square root of the encoded measurement's
    /// length, which is `length` times the bits of `maxMeasurement`, proofs are smallest.
    ///
    /// - Throws: `.parameterOutOfRange` unless `length` is at least 1, `maxMeasurement` at least 1, `chunkLength` in
    ///   `[1, 2^18]`, `shares` in `[2, 255]`, and encoded measurement and proof have at most 2^20 elements.
    public init(length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        core = try Prio3(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength, shares: shares)
    }

    /// Integers of a measurement.
    public var length: Int { core.circuit.length }
    /// The greatest integer of a measurement.
    public var maxMeasurement: UInt64 { core.circuit.maxMeasurement }
    /// Elements that one call of the gadget checks.
    public var chunkLength: Int { core.circuit.chunkLength }
}

/// Prio3SumVec over the smaller field, with several proofs to make up for it.
///
/// An experiment of the specification's test vectors, with an identifier for private use: not for interoperation beyond
/// these.
///
/// Spec: VDAF §7.1.2.
public struct Prio3SumVecWithMultiproof: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field64
    /// `length` integers in `[0, maxMeasurement]`.
    public typealias Measurement = [UInt64]
    /// The sum of each element.
    public typealias AggregateResult = [UInt128]

    /// The algorithm identifier, which is one for private use.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 0xffff_ffff

    package let core: Prio3<SumVec<Field64>>

    /// Prio3SumVec over Field64 with so many proofs.
    ///
    /// - Throws: `.parameterOutOfRange` unless `proofs` is in `[1, 255]`, `length` at least 1, `maxMeasurement` in
    ///   `[1, 2^63 - 1]`, `chunkLength` in `[1, 2^18]`, `shares` in `[2, 255]`, and the encoded measurement and all
    ///   proofs have at most 2^20 elements.
    public init(
        proofs: Int, length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2
    ) throws(VDAFError) {
        core = try Prio3(
            proofs: proofs, length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength, shares: shares)
    }

    /// Proofs of each measurement.
    public var proofs: Int { core.proofs }
    /// Integers of a measurement.
    public var length: Int { core.circuit.length }
    /// The greatest integer of a measurement.
    public var maxMeasurement: UInt64 { core.circuit.maxMeasurement }
    /// Elements that one call of the gadget checks.
    public var chunkLength: Int { core.circuit.chunkLength }
}

/// How many measurements are in each bucket.
///
/// A measurement is the number of its bucket, counted from 0; the result has one number a bucket.
///
/// Spec: VDAF §7.4.4.
public struct Prio3Histogram: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field128
    /// A bucket, from 0 to `length - 1`.
    public typealias Measurement = UInt64
    /// How many measurements are in each bucket.
    public typealias AggregateResult = [UInt128]

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 4

    package let core: Prio3<Histogram>

    /// Prio3Histogram with `length` buckets.
    ///
    /// - Throws: `.parameterOutOfRange` unless `length` is in `[1, 2^20]`, `chunkLength` in `[1, 2^18]`, `shares` in
    ///   `[2, 255]`, and a proof has at most 2^20 elements.
    public init(length: Int, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        core = try Prio3(length: length, chunkLength: chunkLength, shares: shares)
    }

    /// Buckets.
    public var length: Int { core.circuit.length }
    /// Elements that one call of the gadget checks.
    public var chunkLength: Int { core.circuit.chunkLength }
}

/// How many measurements, of a limited number of ones each, have a one at each place.
///
/// A measurement has `length` truth values, at most `maxWeight` of them true; the result has one number a place.
///
/// Spec: VDAF §7.4.5.
public struct Prio3MultihotCountVec: Vdaf, Prio3Instance {
    /// The field of its messages.
    public typealias Field = Field128
    /// `length` truth values, at most `maxWeight` of them true.
    public typealias Measurement = [Bool]
    /// How many measurements are true at each place.
    public typealias AggregateResult = [UInt128]

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 5

    package let core: Prio3<MultihotCountVec>

    /// Prio3MultihotCountVec with `length` places, at most `maxWeight` of them true.
    ///
    /// - Throws: `.parameterOutOfRange` unless `length` is at least 1, `maxWeight` in `[1, length]`, `chunkLength` in
    ///   `[1, 2^18]`, `shares` in `[2, 255]`, and encoded measurement and proof have at most 2^20 elements.
    public init(length: Int, maxWeight: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        core = try Prio3(length: length, maxWeight: maxWeight, chunkLength: chunkLength, shares: shares)
    }

    /// Places of a measurement.
    public var length: Int { core.circuit.length }
    /// The most places that are true in one measurement.
    public var maxWeight: UInt64 { core.circuit.maxWeight }
    /// Elements that one call of the gadget checks.
    public var chunkLength: Int { core.circuit.chunkLength }
}
