extension MediaType {
    private static func dap(_ message: String) -> MediaType {
        MediaType(essence: "application/ppm-dap", parameters: ["message": message])
    }

    private static func walk(_ message: String) -> MediaType {
        MediaType(essence: "application/vnd.populus.walk", parameters: ["message": message])
    }

    // Spec: DAP §9.1
    package static let hpkeConfigList = dap("hpke-config-list")
    package static let uploadRequest = dap("upload-req")
    package static let uploadErrors = dap("upload-errors")
    package static let aggregationJobInitReq = dap("aggregation-job-init-req")
    package static let aggregationJobResp = dap("aggregation-job-resp")
    package static let aggregationJobContinueReq = dap("aggregation-job-continue-req")
    package static let aggregateShareReq = dap("aggregate-share-req")
    package static let aggregateShare = dap("aggregate-share")
    package static let collectionJobReq = dap("collection-job-req")
    package static let collectionJobResp = dap("collection-job-resp")

    // Spec: <doc:WalkExtension>
    package static let walkEvaluateReq = walk("evaluate-req")
    package static let walkEvaluateResp = walk("evaluate-resp")
    package static let walkVerdictReq = walk("verdict-req")
    package static let walkVerdictResp = walk("verdict-resp")
    package static let walkAggregateShareReq = walk("aggregate-share-req")
    package static let walkFinishReq = walk("finish-req")
    package static let walkCollectionJobResp = walk("collection-job-resp")

    /// Of a collection job of either kind.
    ///
    /// Spec: <doc:Rejections>
    package static let collectionJobRejections = MediaType(
        essence: "application/vnd.populus.rejections", parameters: ["message": "collection-job-rejections"])

    package static let problem = MediaType(essence: ProblemDocument.mediaType)

    /// What nobody answers who speaks the protocol.
    package static let webPage = MediaType(essence: "text/html")
}
