@main
struct VectorGenerator {
    static func main() {}
}
