/**
 * For each seeker the candidates that some complete distribution gives them, when every seeker gets exactly one and no
 * candidate goes twice. One left means it is the only possibility; none at all means the claims contradict each other.
 */
export function possible<S>(seekers: ReadonlyMap<S, readonly string[]>): Map<S, string[]> {
  const result = new Map<S, string[]>();
  for (const [seeker, candidates] of seekers)
    result.set(
      seeker,
      candidates.filter((c) => canAllBeServed(new Map([...seekers, [seeker, [c]]]))),
    );
  return result;
}

/** Kuhn's augmenting paths: is there a distribution at all? */
function canAllBeServed<S>(seekers: ReadonlyMap<S, readonly string[]>): boolean {
  const takenBy = new Map<string, S>();
  const place = (seeker: S, tried: Set<string>): boolean => {
    for (const candidate of seekers.get(seeker) ?? []) {
      if (tried.has(candidate)) continue;
      tried.add(candidate);
      const holder = takenBy.get(candidate);
      if (holder !== undefined && !place(holder, tried)) continue;
      takenBy.set(candidate, seeker);
      return true;
    }
    return false;
  };
  return [...seekers.keys()].every((seeker) => place(seeker, new Set()));
}
