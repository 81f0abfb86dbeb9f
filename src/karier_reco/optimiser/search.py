"""The most that an allowed set of one person's seats is worth, by a search of all sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from karier_reco.optimiser.sets import NEGLIGIBLE, Block


class Search:
    """Enumerate one person's allowed sets; sets of seats are bit masks over the person's candidates.

    The worth of a set is submodular: what a seat adds never grows with the set. So a seat that adds nothing now
    adds nothing later, and the sum of what the best seats left would add bounds what can still come.
    """

    def __init__(self, block: Block, person: int) -> None:
        first, last = block.first[person : person + 2].tolist()
        place = {s: e for e, s in enumerate(block.session[first:last].tolist(), first)}
        must = dict(enumerate(block.must[first:last].tolist(), first))
        asked = {e: self._asked(block, e) for e in range(first, last)}
        wanted = [e for e in range(first, last) if block.worthwhile[e] or must[e] >= 0]
        helpers = {e for e in wanted if must[e] >= 0}
        for e in wanted:  # grows while it runs: a helper may need helpers
            for group in asked[e]:
                found = {place[s] for s in group if s in place}
                helpers |= found
                wanted += sorted(found.difference(wanted))
        at = {e: i for i, e in enumerate(wanted)}
        self.own = [float(block.own[e]) for e in wanted]
        self.hours = [int(block.hours[e]) for e in wanted]
        self.kept = sum(1 << at[e] for e in helpers)
        self.asked = [[sum(1 << at[place[s]] for s in g if s in place) for g in asked[e]] for e in wanted]
        numbers = {number for number in must.values() if number >= 0}
        self.musts = [sum(1 << at[e] for e in wanted if must[e] == number) for number in sorted(numbers)]
        self.clash = self._clashes(block, wanted)
        self.gains, self.caps = self._needs(block, wanted, float(block.weight[person]))
        self.max_sessions, self.max_hours = int(block.max_sessions[person]), int(block.max_hours[person])
        self.hour_value, self.target = float(block.hour_value[person]), float(block.target[person])

    @staticmethod
    def _asked(block: Block, seat: int) -> list[list[int]]:
        """Give the groups of sessions of which the seat needs one each."""
        rows = block.rules.rows_of(int(block.session[seat]))
        return [block.rules.requires[row] for row in rows if block.met is None or not block.met[seat, row]]

    @staticmethod
    def _clashes(block: Block, wanted: list[int]) -> list[int]:
        groups = [block.rules.groups_of(int(block.session[e])) for e in wanted]
        members: dict[int, int] = {}
        for i, own in enumerate(groups):
            for group in own:
                members[group] = members.get(group, 0) | 1 << i
        clash = []
        for i, own in enumerate(groups):
            mask = 1 << i
            for group in own:
                mask |= members[group]
            clash.append(mask)
        return clash

    @staticmethod
    def _needs(block: Block, wanted: list[int], weight: float) -> tuple[list[list[tuple[int, float]]], list[float]]:
        if block.gain is None:
            return [[] for _ in wanted], []
        number, caps, gains = dict[int, int](), list[float](), []
        for e in wanted:
            part = slice(block.gain.indptr[e], block.gain.indptr[e + 1])
            row = []
            for need, much in zip(block.gain.indices[part].tolist(), block.gain.data[part].tolist(), strict=True):
                if need not in number:
                    number[need] = len(caps)
                    caps.append(weight * float(block.cap[need]))
                row.append((number[need], weight * much))
            gains.append(row)
        return gains, caps

    def best(self, limit: int) -> tuple[float, bool]:
        """Search depth first; after ``limit`` sets an upper bound stands for what is left."""
        best, above, tried = -np.inf, -np.inf, 0
        root = (0, 0.0, list(range(len(self.own))), 0, self.caps)
        stack: list[Any] = [self._open(*root)]
        if self._allowed(0):
            best = 0.0
        while stack:
            frame = stack[-1]
            order, at, chosen, value, hours, room, most = frame
            left = self.max_sessions - chosen.bit_count()
            reach = value + sum(add for add, _ in order[at : at + left] if add > 0) if left > 0 else -np.inf
            reach = min(reach, most)
            if at == len(order) or reach <= best + NEGLIGIBLE:
                stack.pop()
                continue
            if tried >= limit:
                above = max(above, reach)
                stack.pop()
                continue
            tried += 1
            frame[1] += 1
            add, seat = order[at]
            mask, worth = chosen | 1 << seat, value + add
            if worth > best and self._allowed(mask):
                best = worth
            rest = [e for _, e in order[at + 1 :] if not self.clash[seat] >> e & 1]
            if rest:
                stack.append(self._open(mask, worth, rest, hours + self.hours[seat], self._room(room, seat)))
        return max(best, above), above <= best

    def _room(self, room: list[float], seat: int) -> list[float]:
        if not self.gains[seat]:
            return room
        room = room.copy()
        for need, much in self.gains[seat]:
            room[need] = max(0.0, room[need] - much)
        return room

    def _open(self, chosen: int, value: float, rest: list[int], hours: int, room: list[float]) -> list[Any]:
        """Order the seats left by what they add to the chosen ones, without those that add nothing.

        Last in the frame stands the most that all of them together could bring, each need counted once.
        """
        order, closed, most, left = [], dict[int, float](), value, 0
        for e in rest:
            if hours + self.hours[e] > self.max_hours:
                continue
            add = self.own[e]
            for need, much in self.gains[e]:
                add += min(room[need], much)
            if self.hour_value and hours < self.target:
                add += self.hour_value * min(self.target - hours, self.hours[e])
            if add <= 0 and not self.kept >> e & 1:
                continue
            order.append((add, e))
            most += max(0.0, self.own[e])
            left += self.hours[e]
            for need, much in self.gains[e]:
                closed[need] = closed.get(need, 0.0) + much
        order.sort(reverse=True)
        most += sum(min(room[need], much) for need, much in closed.items())
        most += self.hour_value * min(max(0.0, self.target - hours), left)
        return [order, 0, chosen, value, hours, room, most]

    def _allowed(self, chosen: int) -> bool:
        if not all(chosen & mask for mask in self.musts):
            return False
        return all(
            all(chosen & mask for mask in groups) for e, groups in enumerate(self.asked) if groups and chosen >> e & 1
        )
