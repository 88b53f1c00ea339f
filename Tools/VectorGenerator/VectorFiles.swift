import KnownAnswers

extension XofVector {
    var json: JSONText {
        .object([
            "seed": .hex(seed), "dst": .hex(dst), "binder": .hex(binder), "length": .int(length),
            "derived_seed": .hex(derivedSeed), "expanded_vec_field128": .hex(expandedVecField128),
        ])
    }
}

extension IdpfVector {
    var json: JSONText {
        .object([
            "bits": .int(bits), "alpha": .array(alpha.map(JSONText.bool)),
            "beta_inner": .array(betaInner.map { .array($0.map(JSONText.string)) }),
            "beta_leaf": .array(betaLeaf.map(JSONText.string)), "ctx": .hex(ctx), "nonce": .hex(nonce),
            "public_share": .hex(publicShare), "keys": .hexes(keys),
        ])
    }
}

extension VdafVector {
    var json: JSONText {
        var members: [String: JSONText] = [
            "shares": .int(shares), "verify_key": .hex(verifyKey), "agg_param": .hex(aggregationParameter),
            "ctx": .hex(ctx), "operations": .array(operations.map(\.json)), "reports": .array(reports.map(\.json)),
            "agg_shares": .hexes(aggregateShares), "agg_result": aggregateResult?.json ?? .null,
        ]
        for (name, value) in parameters { members[name] = .int(value) }
        return .object(members)
    }
}

extension VectorValue {
    var json: JSONText {
        switch self {
        case .number(let number): .unsigned(number)
        case .numbers(let numbers): .array(numbers.map(JSONText.unsigned))
        case .bools(let bools): .array(bools.map(JSONText.bool))
        }
    }
}

extension VdafVector.Operation {
    var json: JSONText {
        var members: [String: JSONText] = ["operation": .string(operation), "success": .bool(success)]
        members["round"] = round.map(JSONText.int)
        members["aggregator_id"] = aggregatorID.map(JSONText.int)
        members["report_index"] = reportIndex.map(JSONText.int)
        return .object(members)
    }
}

extension VdafVector.Report {
    var json: JSONText {
        .object([
            "measurement": measurement?.json ?? .null, "nonce": .hex(nonce),
            "rand": .hex(rand), "public_share": .hex(publicShare), "input_shares": .hexes(inputShares),
            "verifier_shares": .array(verifierShares.map(JSONText.hexes)),
            "verifier_messages": .hexes(verifierMessages), "out_shares": .hexes(outputShares),
        ])
    }
}
