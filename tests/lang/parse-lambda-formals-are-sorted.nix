{ c, a ? 1, b }: a
