import PopulusWireCodec

/// Where in a step a message belongs.
///
/// `enum { reserved(0), evaluate(1), verdict(2), committed(3), (255) } WalkPhase;`
///
/// Spec: <doc:WalkExtension>
package enum WalkPhase: UInt8, Hashable, Sendable, CaseIterable {
    case evaluate = 1
    case verdict = 2
    case committed = 3
}

/// The front of every message of a later step; all of it is checked before anything is evaluated.
///
/// ```
/// struct {
///   WalkID walk_id;
///   uint16 step;                       // counted from 0; never 0 here
///   WalkPhase phase;                   // uint8
///   uint32 live_count;                 // the shard's reports not rejected so far
///   opaque transcript[32];
/// } WalkStepHeader;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkStepHeader: Hashable, Sendable, WireCodable {
    package let walkID: WalkID
    package let step: UInt16
    package let phase: WalkPhase
    package let liveCount: UInt32
    package let transcript: WalkTranscript

    package init(walkID: WalkID, step: UInt16, phase: WalkPhase, liveCount: UInt32, transcript: WalkTranscript) {
        self.walkID = walkID
        self.step = step
        self.phase = phase
        self.liveCount = liveCount
        self.transcript = transcript
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(walkID)
        writer.append(u16: step)
        writer.append(u8: phase.rawValue)
        writer.append(u32: liveCount)
        writer.append(transcript)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        walkID = try reader.read()
        step = try reader.readU16()
        guard let phase = WalkPhase(rawValue: try reader.readU8()) else { throw .badValue("WalkPhase") }
        self.phase = phase
        liveCount = try reader.readU32()
        transcript = try reader.read()
    }

    /// Reads a header that must have a given phase.
    init(from reader: inout WireReader, phase: WalkPhase) throws(WireError) {
        try self.init(from: &reader)
        guard self.phase == phase else { throw .badValue("WalkStepHeader.phase") }
    }
}
