/** Classic groups: coordinators, members' lives, what hostile members hear. */
import { GroupMember, joinRequest, protocols } from '../group-member.ts'
import type { Request, Session } from '../script.ts'

export const sessions: readonly Session[] = [
  {
    name: 'find coordinators',
    needs: ['FindCoordinator'],
    async run(s) {
      for (const v of s.versions('FindCoordinator')) {
        const find = (label: string, keyType: number, ...keys: string[]) =>
          s.call(label, 'FindCoordinator', v, { keyType, key: keys[0] ?? '', coordinatorKeys: keys })
        await find('a group', 0, 'find-group')
        await find('an empty key', 0, '')
        if (v >= 1) await find('a transaction', 1, 'find-transaction')
        if (v >= 1) await find('a transaction with an empty key', 1, '')
        for (const type of v >= 1 ? [2, 3, 7, -1] : [])
          await find(`a key of type ${type}`, type, 'find-nothing')
        if (v < 4) continue
        await find('several', 0, 'find-group', 'find-other', '')
        await find('one twice', 0, 'find-group', 'find-group')
        await find('none', 0)
      }
    },
  },
  {
    name: 'the life of a group of one',
    needs: ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'DescribeGroups'],
    async run(s) {
      for (const v of s.versions('JoinGroup')) {
        const group = `one-${v}`
        const m = new GroupMember(s, group, v)
        // What it is in, once the coordinator has written it down.
        const describe = (label: string, state: string) =>
          s.call(
            label,
            'DescribeGroups',
            s.latest('DescribeGroups', v),
            { groups: [group], includeAuthorizedOperations: true },
            { until: answer => answer.text('groups.0.groupState') === state },
          )
        await describe('before', 'Dead')
        await m.join('joins')
        await describe('joined', 'CompletingRebalance')
        await m.heartbeat('heartbeat before sync')
        await m.sync('syncs', { [m.id]: 'everything' })
        await describe('stable', 'Stable')
        await m.heartbeat('heartbeat')
        await m.sync('syncs again')
        await m.join('joins again')
        await m.sync('syncs the second time', { [m.id]: 'more' })
        await m.heartbeat('heartbeat of generation 1', { generationId: 1 })
        await m.heartbeat('heartbeat of generation 9', { generationId: 9 })
        await m.heartbeat('heartbeat of nobody', { memberId: 'nobody' })
        await m.heartbeat('heartbeat of an empty id', { memberId: '' })
        await m.heartbeat('heartbeat in an unknown group', { groupId: `${group}-unknown` })
        await m.leave('leaves')
        await m.leave('leaves again')
        await describe('empty', 'Empty')
        await m.heartbeat('heartbeat after it left')
        await m.join('joins under its old id')
        m.id = ''
        await m.join('joins as new')
        await m.sync('syncs as new', { [m.id]: 'again' })
        await m.leave('leaves for good')
      }
    },
  },
  {
    name: 'the life of a group of two',
    needs: ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'DescribeGroups'],
    async run(s) {
      for (const v of s.versions('JoinGroup')) {
        const [a, b] = [new GroupMember(s, `two-${v}`, v), new GroupMember(s, `two-${v}`, v)]
        b.protocols = protocols({ sticky: 'c', range: 'd' })
        await a.join('a joins')
        await a.sync('a syncs', { [a.id]: 'all' })
        // From version 4 on the first answer gives the id.
        if (v >= 4) await b.joinOnce('b asks for an id')
        const joining = b.joinOnce('b joins')
        await a.until('REBALANCE_IN_PROGRESS')
        await a.heartbeat('a hears of it')
        await a.joinOnce('a joins again')
        await joining
        const syncing = b.sync('b waits for its part')
        await a.sync('a shares out', { [a.id]: 'half', [b.id]: 'the other half' })
        await syncing
        await s.call('stable', 'DescribeGroups', s.latest('DescribeGroups', v), { groups: [`two-${v}`] })
        await b.heartbeat('b heartbeat')
        await a.leave('a leaves')
        await b.heartbeat('b hears of it')
        await b.joinOnce('b joins again')
        await s.call('completing', 'DescribeGroups', s.latest('DescribeGroups', v), { groups: [`two-${v}`] })
        await b.sync('b has all', { [b.id]: 'all' })
        await b.leave('b leaves')
      }
    },
  },
  {
    name: 'a member that does not join again',
    needs: ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'DescribeGroups'],
    async run(s) {
      const v = s.latest('JoinGroup')
      const [a, b] = [new GroupMember(s, 'absent', v), new GroupMember(s, 'absent', v)]
      a.rebalanceTimeoutMs = 500
      b.rebalanceTimeoutMs = 500
      await a.join('a joins')
      await a.sync('a syncs', { [a.id]: 'all' })
      await b.join('b joins and waits for a')
      await b.sync('b syncs', { [b.id]: 'all' })
      await a.heartbeat('a is out')
      await a.sync('a syncs, is out')
      await a.leave('a leaves, is out')
      await s.call('without a', 'DescribeGroups', s.latest('DescribeGroups'), { groups: ['absent'] })
      await b.leave('b leaves')
    },
  },
  {
    name: 'a member that falls silent',
    needs: ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup'],
    async run(s) {
      const v = s.latest('JoinGroup')
      const [a, b] = [new GroupMember(s, 'silent', v), new GroupMember(s, 'silent', v)]
      b.sessionTimeoutMs = 6000
      b.protocols = protocols({ range: 'c' })
      await a.join('a joins')
      await a.sync('a syncs', { [a.id]: 'all' })
      await b.joinOnce('b asks for an id')
      const joining = b.joinOnce('b joins')
      await a.until('REBALANCE_IN_PROGRESS')
      await a.joinOnce('a joins again')
      await joining
      await a.sync('a shares out', { [a.id]: 'half', [b.id]: 'half' })
      await b.sync('b syncs')
      await a.until('REBALANCE_IN_PROGRESS', 10_000)
      await a.joinOnce('a is alone')
      await b.heartbeat('b is back too late')
      await a.leave('a leaves')
    },
  },
  {
    name: 'who may not join',
    needs: ['JoinGroup', 'LeaveGroup'],
    async run(s) {
      for (const v of s.versions('JoinGroup')) {
        const join = (label: string, more: Request) =>
          s.call(label, 'JoinGroup', v, {
            ...joinRequest(`refused-${v}-${label.replaceAll(' ', '-')}`),
            ...more,
          })
        await join('an empty group id', { groupId: '' })
        await join('a session timeout too short', { sessionTimeoutMs: 5999 })
        await join('a session timeout too long', { sessionTimeoutMs: 1_800_001 })
        await join('a negative session timeout', { sessionTimeoutMs: -1 })
        await join('a rebalance timeout of -5', { rebalanceTimeoutMs: -5, memberId: 'x' })
        await join('an id nobody gave out', { memberId: 'nobody' })
        await join('no protocols', { protocols: [] })
        await join('no type', { protocolType: '' })
        await join('neither', { protocolType: '', protocols: [] })
        const m = new GroupMember(s, `refused-${v}`, v)
        await m.join('the first joins')
        const other = new GroupMember(s, `refused-${v}`, v)
        other.protocols = protocols({ other: 'no common one' })
        await other.joinOnce('no common protocol')
        other.protocols = protocols({ range: 'range' })
        other.protocolType = 'connect'
        await other.joinOnce('another type')
        await m.leave('the first leaves')
      }
    },
  },
  {
    name: 'who may not sync',
    needs: ['JoinGroup', 'SyncGroup', 'LeaveGroup'],
    async run(s) {
      const last = s.latest('JoinGroup')
      for (const v of s.versions('SyncGroup')) {
        const m = new GroupMember(s, `sync-${v}`, last)
        const sync = (label: string, more: Request = {}) =>
          s.call(label, 'SyncGroup', v, {
            ...{ groupId: m.group, generationId: m.generation, memberId: m.id },
            ...{ protocolType: 'consumer', protocolName: 'range', assignments: [] },
            ...more,
          })
        await sync('in an unknown group', { groupId: `sync-${v}-unknown` })
        await sync('in a group without a name', { groupId: '' })
        await m.join('joins')
        await sync('as nobody', { memberId: 'nobody' })
        await sync('of a wrong generation', { generationId: 9 })
        await sync('of a wrong type', { protocolType: 'connect' })
        await sync('of a wrong protocol', { protocolName: 'sticky' })
        const nothing = await sync('without an assignment')
        s.note('assignment', nothing.errors())
        await sync('again with one', { assignments: [{ memberId: m.id, assignment: Buffer.from('late') }] })
        await m.leave('leaves')
        await sync('after it left')
      }
    },
  },
  {
    name: 'static members',
    needs: ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'DescribeGroups'],
    async run(s) {
      for (const v of s.versions('JoinGroup', 5)) {
        const group = `static-${v}`
        const a = new GroupMember(s, group, v, 'instance-1')
        await a.joinOnce('a joins')
        await a.sync('a syncs', { [a.id]: 'all' })
        await a.heartbeat('a heartbeat')
        const again = new GroupMember(s, group, v, 'instance-1')
        await again.joinOnce('a comes back as new')
        await again.sync('a syncs again', { [again.id]: 'all' })
        await again.heartbeat('a heartbeat again')
        await a.heartbeat('the old a')
        await a.sync('the old a syncs')
        await a.joinOnce('the old a joins')
        await a.heartbeat('a wrong instance', { groupInstanceId: 'instance-9' })
        await s.call('shown', 'DescribeGroups', s.latest('DescribeGroups', v), { groups: [group] })
        const changed = new GroupMember(s, group, v, 'instance-1')
        changed.protocols = protocols({ range: 'other' })
        await changed.joinOnce('a comes back with other metadata')
        await changed.sync('a syncs once more', { [changed.id]: 'all' })
        const leave = (label: string, members: object[]) =>
          s.call(label, 'LeaveGroup', s.latest('LeaveGroup', v), { groupId: group, members })
        await leave('an unknown instance leaves', [{ memberId: '', groupInstanceId: 'instance-9' }])
        await leave('a wrong id leaves', [{ memberId: 'nobody', groupInstanceId: 'instance-1' }])
        await leave('instance 1 leaves, twice', [
          { memberId: '', groupInstanceId: 'instance-1' },
          { memberId: '', groupInstanceId: 'instance-1' },
        ])
        await leave('instance 1 leaves again', [{ memberId: '', groupInstanceId: 'instance-1' }])
      }
    },
  },
  {
    name: 'who may not leave',
    needs: ['LeaveGroup', 'JoinGroup'],
    async run(s) {
      const last = s.latest('JoinGroup')
      for (const v of s.versions('LeaveGroup')) {
        const m = new GroupMember(s, `leave-${v}`, last)
        const leave = (label: string, groupId: string, ...ids: string[]) =>
          s.call(label, 'LeaveGroup', v, {
            groupId,
            memberId: ids[0] ?? '',
            members: ids.map(memberId => ({ memberId })),
          })
        await leave('an unknown group', `leave-${v}-unknown`, 'nobody')
        await leave('a group without a name', '', 'nobody')
        await m.join('joins')
        await leave('nobody', m.group, 'nobody')
        await leave('an empty id', m.group, '')
        await leave('the member', m.group, m.id)
        await leave('the member again', m.group, m.id)
        if (v < 3) continue
        await m.join('joins again')
        await leave('two, one unknown', m.group, 'nobody', m.id)
        await leave('none', m.group)
      }
    },
  },
  {
    name: 'list groups',
    needs: ['ListGroups', 'JoinGroup', 'OffsetCommit'],
    async run(s) {
      await s.topics({ 'list-groups': 1 })
      const stable = new GroupMember(s, 'list-stable', s.latest('JoinGroup'))
      await stable.join('joins')
      await stable.sync('syncs', { [stable.id]: 'all' })
      const completing = new GroupMember(s, 'list-completing', s.latest('JoinGroup'))
      await completing.join('joins another')
      const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
      const commit = { groupId: 'list-empty', topics: [{ name: 'list-groups', partitions }] }
      await s.call('commits in a third', 'OffsetCommit', 7, commit)
      for (const v of s.versions('ListGroups')) {
        const only = (answer: Request) => ({
          ...answer,
          groups: (answer['groups'] as { groupId: string }[]).filter(({ groupId }) =>
            groupId.startsWith('list-'),
          ),
        })
        const list = (label: string, more: Request = {}) => s.call(label, 'ListGroups', v, more, { only })
        await list('all')
        if (v < 4) continue
        for (const state of ['Stable', 'stable', 'Empty', 'CompletingRebalance', 'Dead', 'NoSuchState', '']) {
          await list(`state "${state}"`, { statesFilter: [state] })
        }
        await list('two states', { statesFilter: ['Stable', 'Empty'] })
        if (v < 5) continue
        for (const type of ['classic', 'Classic', 'consumer', 'share', 'nonsense']) {
          await list(`type "${type}"`, { typesFilter: [type] })
        }
        await list('type and state', { typesFilter: ['classic'], statesFilter: ['Empty'] })
      }
      await stable.leave('leaves')
      await completing.leave('leaves another')
    },
  },
  {
    name: 'describe groups',
    needs: ['DescribeGroups'],
    async run(s) {
      for (const v of s.versions('DescribeGroups')) {
        const describe = (label: string, ...groups: string[]) =>
          s.call(label, 'DescribeGroups', v, { groups })
        await describe('unknown', 'describe-unknown')
        await describe('an empty name', '')
        await describe('two', 'describe-unknown', 'describe-other')
        await describe('one twice', 'describe-unknown', 'describe-unknown')
        await describe('none')
      }
    },
  },
  {
    name: 'delete groups',
    needs: ['DeleteGroups', 'JoinGroup', 'LeaveGroup'],
    async run(s) {
      for (const v of s.versions('DeleteGroups')) {
        const m = new GroupMember(s, `delete-group-${v}`, s.latest('JoinGroup'))
        const remove = (label: string, ...groupsNames: string[]) =>
          s.call(label, 'DeleteGroups', v, { groupsNames })
        await remove('unknown', `${m.group}-unknown`)
        await remove('an empty name', '')
        await m.join('joins')
        await remove('not empty', m.group)
        await m.leave('leaves')
        await remove('empty, and unknown', m.group, `${m.group}-unknown`)
        await remove('again', m.group)
        await remove('one twice', `${m.group}-unknown`, `${m.group}-unknown`)
        await remove('none')
        await s.call('gone', 'DescribeGroups', s.latest('DescribeGroups'), { groups: [m.group] })
      }
    },
  },
  {
    name: 'heartbeats in every version',
    needs: ['Heartbeat', 'JoinGroup', 'SyncGroup', 'LeaveGroup'],
    async run(s) {
      const m = new GroupMember(s, 'heartbeats', s.latest('JoinGroup'))
      await m.join('joins')
      await m.sync('syncs', { [m.id]: 'all' })
      for (const v of s.versions('Heartbeat')) {
        const beat = (label: string, more: Request = {}) =>
          s.call(label, 'Heartbeat', v, {
            groupId: m.group,
            generationId: m.generation,
            memberId: m.id,
            ...more,
          })
        await beat('its own')
        await beat('a group without a name', { groupId: '' })
        await beat('an unknown group', { groupId: 'heartbeats-unknown' })
        await beat('nobody', { memberId: 'nobody' })
        await beat('another generation', { generationId: 2 })
        await beat('no generation', { generationId: -1 })
        await beat('an instance', { groupInstanceId: 'instance-1' })
      }
      await m.leave('leaves')
    },
  },
]
