import HTTPServing
import PopulusDAP

/// DAP's media types are what bodies may have.
extension MediaType: BodyType {}
