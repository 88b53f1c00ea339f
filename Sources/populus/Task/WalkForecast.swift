import ArgumentParser
import Client
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF

/// What a task of walks would ask of its reports and cost, before there is one.
struct WalkForecast {
    let clients: UInt64
    /// The share of the clients that hold the string which is to be found.
    let popular: Share
    let form: StringForm
    /// Nothing where counts are exact.
    let promise: PrivacyPromise?

    /// The votes that the string has when all clients report.
    var votes: UInt64 {
        UInt64(1_000_000).dividingFullWidth(clients.multipliedFullWidth(by: UInt64(popular.partsPerMillion))).quotient
    }

    /// How many strings are taken to be as popular: a tenth of those that could be, as in long-tailed lists of URLs.
    var strings: Int { Int(max(1, 100_000 / UInt64(popular.partsPerMillion))) }

    /// The length of an uploaded report in bytes, both shares in it, and of the Helper's part of it.
    func reportSize() throws -> (whole: Int, helper: Int) {
        let vdaf = try VdafConfiguration.poplar1(bits: form.bits).makeVdaf()
        let leader = vdaf.inputShareSize(aggregatorID: 0)
        return (vdaf.reportSize, vdaf.reportSize - leader)
    }

    /// What a walk of at most so many steps would ask and cost.
    struct Row {
        let steps: UInt16
        /// The bits of the longest strings that such a walk reaches, at most the task's.
        let reach: Int
        /// Nothing where counts are exact.
        let noisy: NoisyWalk?
        /// The reports from which on the string has as many votes as the least sensible threshold.
        let reportsNeeded: UInt64
        let time: WalkTime
    }

    /// The row of a number of steps.
    ///
    /// - Throws: `ValidationError` where the promise cannot be kept with so many.
    func row(steps: UInt16) throws -> Row {
        let bits = Int(form.bits)
        let candidates = WalkOptions.usualCandidates(bits: form.bits)
        let noisy = try promise.map { try NoisyWalk($0, steps: Int(steps), candidates: Int(candidates)) }
        let level = UInt16(WalkRules.firstStepMaxLevel(.max, bits: bits))
        let bounds = try WalkTaskExtension(
            minThreshold: noisy?.leastThreshold ?? 1, thresholdMargin: noisy?.margin ?? 0, maxLateRejectionsPPM: 0,
            maxSteps: steps, maxCandidates: candidates, firstStepMaxLevel: level,
            firstStepMaxCandidates: min(candidates, 2 << UInt32(level)), maxLife: TimeDuration(units: 1),
            noise: noisy.map { .discreteGaussian($0.noise) } ?? .none)
        let reach = WalkReach(bounds, bits: bits)
        return Row(
            steps: steps, reach: min(reach.reach, bits), noisy: noisy,
            reportsNeeded: Self.quotient(noisy?.leastThreshold ?? 1, popular),
            time: WalkTime(reports: clients, strings: strings, bits: bits, reach: reach, steps: Int(steps)))
    }

    /// A number of votes divided by a share, rounded up.
    private static func quotient(_ votes: UInt64, _ share: Share) -> UInt64 {
        let divisor = UInt128(share.partsPerMillion)
        return UInt64(clamping: (UInt128(votes) * 1_000_000 + divisor - 1) / divisor)
    }
}
