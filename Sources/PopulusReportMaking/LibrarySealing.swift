import PopulusDAP

/// Seals with the cryptographic library of `PopulusDAP`: of builds that have it.
package struct LibrarySealing: ReportSealing {
    package init() {}

    package func seal(
        _ plaintext: [UInt8], to config: HpkeConfig, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext {
        try config.seal(plaintext, label: label, associatedData: associatedData)
    }
}
