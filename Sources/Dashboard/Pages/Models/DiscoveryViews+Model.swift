extension DiscoveryFormView {
    var model: Model {
        Model.of([
            "action": DashboardPath.discover(task: facts.id).text,
            "back": DashboardPath.task(facts.id).text,
            "threshold": threshold,
            "least": Words.counted(leastThreshold, "vote"),
            "leastBatch": Words.counted(leastBatch, "report"),
            "promise": promise,
            "interval": interval.map { ["since": $0.since, "until": $0.until] as Model },
        ])
    }
}

extension DiscoveryQuestionView {
    var model: Model {
        [
            "action": DashboardPath.start(task: facts.id).text,
            "back": DashboardPath.discover(task: facts.id).text,
            "threshold": threshold,
            "batch": batch,
            "question": question,
        ]
    }
}
