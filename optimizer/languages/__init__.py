"""What a programming language is to us: data, not methods. The only place that touches tree-sitter."""
