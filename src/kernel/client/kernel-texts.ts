import type { ModuleTexts } from './client-module';

function notKeptTitle(reason: unknown): string {
  if (reason === 'full') return '手机存储空间满了，这条还没有存下';
  if (reason === 'newer' || reason === 'yielded') return '这个窗口已经是旧版本，这条还没有存下';
  return '这条还没有存到本机';
}

const KEPT_HERE = '您填的内容还在，没有丢。';

/** Words for what the kernel itself refuses; modules bring their own for their own codes. */
export const kernelTexts: ModuleTexts = {
  refusals: {
    'kernel.badArguments': () => ({
      title: '有一处内容填得不合要求',
      kept: KEPT_HERE,
      todo: '请检查后再提交一次。',
    }),
    'kernel.notAllowed': () => ({
      title: '您目前没有做这件事的权限',
      kept: KEPT_HERE,
      todo: '如果这是您的工作，请联系本校管理员核对您的分工。',
    }),
    'kernel.notFound': () => ({
      title: '没有找到这条内容',
      kept: KEPT_HERE,
      todo: '它可能已被撤回，或不再归您查看。请返回列表看看最新情况。',
    }),
    'kernel.idReused': () => ({
      title: '这条与已送达的另一条编号相同',
      kept: '先送达的那条已保存，这一条也留在本机。',
      todo: '请打开核对，需要时改好再提交一次。',
    }),
    'kernel.defect': () => ({
      title: '系统处理这条时出了错，不是您的问题',
      kept: '内容已留在本机。',
      todo: '可以稍后点“再试一次”；如果还不行，请导出后交给管理员。',
    }),
    'kernel.tooLarge': () => ({
      title: '这条内容太长，送不出去',
      kept: KEPT_HERE,
      todo: '请分成几条，或把长的材料作为附件上传。',
    }),
    'kernel.unreadable': () => ({
      title: '服务器没能读懂这条内容',
      kept: '内容已留在本机。',
      todo: '请先更新到最新版本，再点“再试一次”；也可以导出后交给管理员。',
    }),
    'kernel.unknownCommand': () => ({
      title: '当前版本还不认识这项操作',
      kept: '内容已留在本机，会照常上传。',
      todo: '请更新到最新版本后再看。',
    }),
    'kernel.notSynced': () => ({
      title: '还没有取到您的资料',
      kept: KEPT_HERE,
      todo: '请在有网络时打开一次，等顶部显示“全部已送达”后再提交。',
    }),
    'kernel.notKept': ({ reason }) => ({
      title: notKeptTitle(reason),
      kept: '内容还在这个页面上，请先不要关闭。',
      todo:
        reason === 'full'
          ? '请清理一些手机空间再点一次；也可以在“送达情况”里先复制下来，或直接送出。'
          : '请再点一次；如果仍不行，请在“送达情况”里先复制下来，或直接送出，再重新打开。',
    }),
    'kernel.notOpened': ({ reason }) => ({
      title: reason === 'newer' ? '这台手机上的内容是更新的版本写的' : '本机的存储现在打不开',
      kept: '本机已有的内容都没有动。',
      todo:
        reason === 'newer'
          ? '请刷新，更新到新版本后再登录。'
          : '请关掉轻台账的其他窗口后再试；如果仍不行，请重新打开浏览器。',
    }),
    'kernel.setAside': () => ({
      title: '学校服务器没有收下这一条',
      kept: '内容已留在本机。',
      todo: '其他内容照常送达。请联系本校管理员后点“再试一次”，也可以导出后交给管理员。',
    }),
    'kernel.onItsWay': () => ({
      title: '这条正在送达，不能再改',
      kept: '内容已存本机。',
      todo: '请等它送达后再更正。',
    }),
    'kernel.offline': () => ({
      title: '现在连不上服务器',
      kept: '已存本机的内容都在。',
      todo: '请检查网络后再试。',
    }),
    'kernel.wrongPassword': () => ({
      title: '账号或密码不对',
      kept: '已存本机的内容都在。',
      todo: '请核对后再试；忘记密码请联系本校管理员。',
    }),
    'kernel.wrongOldPassword': () => ({
      title: '现在的密码不对，没有改动',
      kept: '还用原来的密码登录。',
      todo: '请核对后再试；想不起来，请向本校管理员要一个重设密码的码。',
    }),
    'kernel.slowDown': () => ({
      title: '试的次数有点多',
      kept: '已存本机的内容都在。',
      todo: '请过几分钟再试。',
    }),
    'kernel.signedOut': () => ({
      title: '需要重新登录',
      kept: '未送达的内容都在本机，登录后会继续上传。',
      todo: '请重新登录。',
    }),
    'kernel.otherPerson': () => ({
      title: '这台手机上登录的是另一位老师',
      kept: '您的内容仍在本机，没有上传，别人看不到。',
      todo: '请用您自己的账号登录后继续。',
    }),
    'kernel.upgrade': () => ({
      title: '需要更新到新版本',
      kept: '未送达的内容都在本机。',
      todo: '请更新，更新后会继续上传。',
    }),
  },
  commands: {},
};
