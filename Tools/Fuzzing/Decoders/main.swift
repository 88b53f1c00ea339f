import FuzzTarget

FuzzTarget.run([.messages, .slices, .vdaf, .paths, .strings, .lines, .taskFiles, .documents, .fields])
